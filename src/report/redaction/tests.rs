use super::*;

fn redactor() -> Redactor {
    let mut names = EstateNames::default();
    let arns = [
        "arn:aws:iam::111122223333:role/team/prod-api",
        "arn:aws:iam::111122223333:user/Read",
        "arn:aws:iam::111122223333:role/batch",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_acme",
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Payroll_0123456789abcdef",
    ];
    for arn in arns {
        names.add_arn(&Arn::parse(arn).expect("an ARN"));
    }
    names.add_path("dumps/acme/prod-api.json");
    names.secret.extend(["Jane Doe", "Acme Production"].map(str::to_owned));
    names.services.extend(["batch", "s3"].map(str::to_owned));
    names.words.extend(["dumps", "read", "role", "not", "was"].map(str::to_owned));
    Redactor::new(PseudonymKey::of(b"a key of tests"), names).expect("few names")
}

#[test]
fn shapes_stay_and_names_go() {
    let redactor = redactor();
    let name = redactor.name("prod-api");
    assert!(name.starts_with("name-") && name.len() == 17, "{name}");
    let account = redactor.name("111122223333");
    assert!(account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) && account != "111122223333");
    let arn = redactor.arn("arn:aws:iam::111122223333:role/team/prod-api");
    assert_eq!(arn, format!("arn:aws:iam::{account}:role/{}/{name}", redactor.name("team")));
    assert!(Arn::parse(&arn).is_ok());
    assert_eq!(
        redactor.cell("entity", "111122223333|arn:aws:iam::111122223333:role/team/prod-api"),
        format!("{account}|{arn}")
    );
    assert_eq!(
        redactor.path("dumps/2026-05-01/prod-api.json.gz"),
        format!("{}/2026-05-01/{name}.json.gz", redactor.name("dumps"))
    );
    let id = redactor.name("AROAEXAMPLEID1234567");
    assert!(id.starts_with("AROA") && id.len() == 20 && id != "AROAEXAMPLEID1234567", "{id}");
    assert_eq!(redactor.cell("decided_in", "q1.toml, line 7"), format!("{}.toml, line 7", redactor.name("q1")));
    for others in [" +2 more", " +perhaps others", " +2 more, perhaps others"] {
        assert_eq!(redactor.cell("granted_by", &format!("prod-api{others}")), format!("{name}{others}"));
    }
    assert_eq!(redactor.heading("prod-api (111122223333)"), format!("{name} ({account})"));
}

#[test]
fn what_aws_named_stays() {
    let redactor = redactor();
    for text in ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"] {
        assert_eq!(redactor.arn(text), text);
    }
    assert_eq!(redactor.name("ReadOnlyAccess"), "ReadOnlyAccess");
    let linked =
        "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_acme";
    let linked = redactor.arn(linked);
    assert!(
        linked.contains("/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_name-") && !linked.contains("acme")
    );
    let reserved = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Payroll_0123456789abcdef";
    let reserved = redactor.arn(reserved);
    let set = Arn::parse(&reserved).expect("an ARN").permission_set().map(str::to_owned);
    assert_eq!(set, Some(redactor.name("Payroll")), "{reserved}");
    for (column, text) in
        [("action_name", "GetObject"), ("pattern", "s3:Get*"), ("verdict", "unused"), ("bucket", "30-89")]
    {
        assert_eq!(redactor.cell(column, text), text);
    }
    assert_ne!(redactor.cell("pattern", "acme secrets"), "acme secrets");
    assert_ne!(redactor.cell("a column of tomorrow", "acme"), "acme");
}

#[test]
fn an_entity_that_is_called_like_a_service_gets_a_pseudonym_and_the_service_stays() {
    let redactor = redactor();
    let (name, user) = (redactor.name("batch"), redactor.name("Read"));
    assert!(name.starts_with("name-"), "{name}");
    assert_eq!(redactor.cell("service_namespace", "batch"), "batch");
    assert!(redactor.arn("arn:aws:iam::111122223333:role/batch").ends_with(&format!(":role/{name}")));
    assert!(redactor.path("dumps/batch.json").ends_with(&format!("/{name}.json")));
    assert!(redactor.path("dumps/s3.json").ends_with("/s3.json"));
    let account = redactor.name("111122223333");
    assert_eq!(
        redactor.cell("held_by", "batch (111122223333), Read (no account)"),
        format!("{name} ({account}), {user} (no account)")
    );
    assert_eq!(
        redactor
            .sentence("role/batch and user/Read: see `batch`; 2 rows of batch, s3 (dormant explain x --entity batch)."),
        format!("role/{name} and user/{user}: see `{name}`; 2 rows of batch, s3 (dormant explain x --entity {name}).")
    );
}

#[test]
fn names_in_sentences_go_and_words_stay() {
    let redactor = redactor();
    let name = redactor.name("prod-api");
    let told = redactor
        .sentence("3 dumps of prod-api (111122223333) and of arn:aws:iam::111122223333:user/Read, by Jane Doe.");
    assert!(told.starts_with(&format!("3 dumps of {name} (")), "{told}");
    for secret in ["prod-api", "111122223333", "user/Read", "Jane", "Doe"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert_eq!(redactor.sentence("it was not read"), "it was not read");
    assert_ne!(redactor.sentence("the user `Read` is not there"), "the user `Read` is not there");
    assert_eq!(
        redactor.sentence("in dumps/acme/prod-api.json"),
        format!("in {}", redactor.path("dumps/acme/prod-api.json"))
    );
    assert_eq!(redactor.sentence("Run `dormant check` to see"), "Run `dormant check` to see");
    let call = redactor.sentence("Save it with `json.dump(Secret, default=str)`");
    assert!(call.contains(" default=str)`") && !call.contains("Secret"), "{call}");
    let told =
        redactor.sentence("the job failed: Bob may not. Run generate-service-last-accessed-details again and save it");
    assert!(
        told.contains(" Run generate-service-last-accessed-details again and save ") && !told.contains("Bob"),
        "{told}"
    );
    let quoted = redactor.sentence("holds `IsTruncated` and \"something Secret\"");
    assert!(quoted.contains("`IsTruncated`") && !quoted.contains("Secret"), "{quoted}");
    assert!(!redactor.sentence("from jane@example.com").contains("jane"));
    assert_eq!(redactor.sentence("a name-part: x\u{2026} y"), "a name-part: x\u{2026} y");
}

#[test]
fn speech_of_a_client_is_not_repeated() {
    let redactor = redactor();
    let problem = Problem::new(Kind::ClientError, "dumps/acme/prod-api.json", "holds an error: the user bob may not")
        .at("line 3, column 7");
    let told = redactor.problem(&problem);
    assert_eq!((told.what.as_str(), told.place.as_str()), ("holds an error", "line 3, column 7"));
    assert_eq!(told.source, redactor.path("dumps/acme/prod-api.json"));
}

#[test]
fn an_input_file_keeps_its_folder() {
    let redactor = redactor();
    let file = InputFile { source: "dumps/acme/prod-api.json".into(), root: 5, bytes: 9, sha256: Some("00".into()) };
    let told = redactor.input_file(&file);
    assert_eq!(told.place().0, redactor.path("dumps"));
    assert_eq!(told.place().1, redactor.path("acme/prod-api.json"));
    assert_eq!(told.sha256.map(|hash| hash.len()), Some(64));
}
