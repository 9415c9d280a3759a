//! The estate of a request: everything that was read, resolved, and what the reports show next to their numbers.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::agreement;
use super::analysis::Computed;
use super::batch::Diffed;
use super::context::RunContext;
use super::error::RunError;
use super::request::{Presentation, RecommendRequest, Request};
use super::source::InputSides;
use super::{check_rows, files, sides as diff_sides};
use crate::analyse::{self, DecisionTotals, Filter, Findings, Nameable, Names, Params, ReportSpec, Unmatched};
use crate::catalogue::Catalogue;
use crate::frame::Table;
use crate::model::policy::{Grants, Holder, PolicyAnswer, PolicyKind, SavedInventory};
use crate::model::{
    AccountId, Accounts, Arn, Credential, DocumentsBeside, Dump, Entity, EntityKind, EntityStatement, Evidence,
    IdentifiedBy, Instant, OtherReport, Source,
};
use crate::problem::{Kind, Problem};
use crate::recommend;
use crate::report::{Headline, InlineOwner, InputCounts, InputFile, Report, Section};
use crate::resolve;

/// Everything that was read, resolved.
pub(super) struct Estate {
    pub dumps: Vec<Dump>,
    pub old_dumps: Vec<Dump>,
    pub diffed: Diffed,
    pub others: Vec<OtherReport>,
    /// What documents state about entities themselves.
    statements: Vec<EntityStatement>,
    /// What documents other than the dumps tell about entities, in the order of their keys.
    pub besides: Vec<DocumentsBeside>,
    pub grants: Grants,
    /// The entities that could be examined, as far as lists of accounts were saved; only for an audit.
    pub inventories: Vec<SavedInventory>,
    /// How many such lists are of accounts or of a time that nobody asks about.
    pub inventories_left_out: usize,
    /// Passwords, access keys and roles.
    pub credentials: Vec<Credential>,
    /// The names of accounts, and the owners of accounts and entities.
    pub accounts: Accounts,
    pub source_rows: Vec<analyse::SourceRow>,
    pub inputs: InputCounts,
    pub problems: Vec<Problem>,
    pub files: Vec<InputFile>,
    /// What is remarkable among the rows of the present.
    findings: Findings,
    /// What decisions leave out of lists.
    kept: Vec<String>,
    /// By the key of a user or a group: what else it is called. Only for decisions.
    pub other_names: FxHashMap<String, Vec<Entity>>,
}

impl Estate {
    /// Reads both sides and resolves them; the old one is empty except for `diff OLD NEW`.
    ///
    /// # Errors
    /// If a path that the user typed leads nowhere, or the head of a store cannot be read.
    pub fn read(sides: &InputSides, context: &RunContext) -> Result<Self, RunError> {
        let request = context.request;
        let mut new = sides.new.load(context)?;
        let mut old = sides.old.load(context)?;
        for side in [&mut new, &mut old] {
            side.leave_out(&request.also_used);
        }
        // An ARN that one side names in full may complete what the other only hints at.
        let (seen_new, seen_old) = if request.old_paths.is_empty() {
            Default::default()
        } else {
            (files::arns_seen(&new, context), files::arns_seen(&old, context))
        };
        let also_used = also_used(request)?;
        let named = named(&also_used, [&old, &new]);
        let table = request.accounts.as_deref().map(resolve::accounts::table).transpose();
        let table = table.map_err(|error| RunError::Input(error.to_string()))?;
        let mut estate = Self { accounts: table.unwrap_or_default(), ..Self::empty() };
        context.progress.begin("resolving", 2);
        estate.dumps = estate.take(&mut new, (seen_old, &named), context);
        context.progress.advance(1);
        let of_new = estate.statements.len();
        estate.old_dumps = estate.take(&mut old, (seen_new, &named), context);
        // The rows of joined answers are new and not packed yet.
        let terms = context.symbols.row_terms();
        estate.dumps.iter_mut().chain(&mut estate.old_dumps).for_each(|dump| dump.rows.pack(terms));
        estate.gather_besides(&also_used, [&old, &new], of_new, context);
        if !request.old_paths.is_empty() {
            let swapped = diff_sides::swapped(&estate.old_dumps, &estate.dumps);
            // A line among the inputs is not enough: the rows look right.
            if let Some(problem) = &swapped {
                context.progress.note(format!("{}. {}", problem.what, problem.advice));
            }
            estate.problems.extend(swapped);
        }
        estate.problems.sort();
        estate.problems.dedup();
        let filter = &request.params.filter;
        let asked = || estate.dumps.iter().filter(|dump| filter.keeps_entity(&dump.entity)).collect::<Vec<&Dump>>();
        let compares = request.specs.iter().any(|spec| matches!(spec, ReportSpec::Diff { .. }));
        estate.diffed = match (&request.from, &request.to) {
            _ if !compares || !request.old_paths.is_empty() => Diffed::Sets,
            (None, None) => {
                let explains = request.presentation == Presentation::Explanation;
                Diffed::first_and_last(&asked(), request.params.at, explains)
            }
            (from, to) => Diffed::dates(&asked(), *from, *to),
        };
        Ok(estate)
    }

    fn empty() -> Self {
        Self {
            dumps: Vec::new(),
            old_dumps: Vec::new(),
            diffed: Diffed::Sets,
            others: Vec::new(),
            statements: Vec::new(),
            besides: Vec::new(),
            grants: Grants::default(),
            inventories: Vec::new(),
            inventories_left_out: 0,
            accounts: Accounts::default(),
            credentials: Vec::new(),
            source_rows: Vec::new(),
            inputs: InputCounts::default(),
            problems: Vec::new(),
            files: Vec::new(),
            findings: Findings::default(),
            kept: Vec::new(),
            other_names: FxHashMap::default(),
        }
    }

    /// Adds what happened to one side's files; returns its dumps.
    fn take(
        &mut self,
        loaded: &mut files::Loaded,
        (mut known_arns, named): (BTreeSet<Arn>, &resolve::NamesBeside),
        context: &RunContext,
    ) -> Vec<Dump> {
        let RunContext { request, catalogue, .. } = *context;
        loaded.name_owners_of_keys();
        let others = loaded.documents.iter().flat_map(|document| &document.others);
        let policies = loaded.documents.iter().flat_map(|document| &document.policies);
        let partitions = resolve::partitions::told_beside(others, policies);
        known_arns.extend(named.arns.iter().cloned());
        let known_names = named.names.clone();
        let options = &resolve::Options { known_arns, known_names, partitions, ..context.options.clone() };
        // Only `check` asks for them, and they are known only before pages are joined.
        let checks = request.specs.contains(&ReportSpec::Check);
        let sizes = if checks { check_rows::Sizes::of(loaded) } else { check_rows::Sizes::default() };
        let resolved = files::resolve_answers(loaded, options, context);
        loaded.refuse(&resolved.problems);
        let of_old = self.statements.len();
        self.statements.extend(resolved.statements);
        let others = files::resolve_other_operations(loaded, options, context);
        let of_others = others.iter().flat_map(|(report, problems)| {
            let is_wanted = request.wants(report.other_answer.rows.kind());
            let own = if is_wanted { problems.clone() } else { vec![resolve::other_operations::left_out(report)] };
            // What the rows of dumps lose is shown with every report.
            let lost = resolve::other_operations::without_service(report).filter(|_| !resolved.dumps.is_empty());
            own.into_iter().chain(lost)
        });
        let policies = loaded.documents.iter().flat_map(|document| &document.policies);
        let answers = policies.clone();
        // An answer that was made after the moment of the question shows nothing about it.
        let of_moment = answers.clone().filter(|answer| resolve::grants::is_made_by(answer, request.params.at));
        let wants_credentials =
            request.specs.iter().any(|spec| matches!(spec, ReportSpec::Credentials | ReportSpec::Entities));
        if wants_credentials {
            let answers: Vec<_> = of_moment.clone().collect();
            let statements = &self.statements[of_old..];
            let settled = resolve::credentials::settle(&answers, &resolved.dumps, statements, request.params.at);
            self.credentials.extend(settled);
        }
        if request.audit {
            let accounts = &request.params.filter.accounts;
            let is_asked = |list: &SavedInventory| {
                let account = list.account.as_ref().map(AccountId::as_str);
                accounts.is_empty() || account.is_none_or(|account| accounts.iter().any(|asked| asked == account))
            };
            let all = resolve::grants::saved_inventories(answers.clone()).len();
            let asked = resolve::grants::saved_inventories(of_moment.clone()).into_iter().filter(is_asked);
            let known = self.inventories.len();
            self.inventories.extend(asked);
            self.inventories_left_out += all.saturating_sub(self.inventories.len() - known);
        }
        let known = std::mem::take(&mut self.accounts);
        self.accounts = resolve::accounts::with_answers(known, answers, request.owner_tag.as_deref());
        // Policies next to dumps tell more about these; alone they are not an answer to a question about use.
        let is_asked = request.wants_policies() || !resolved.dumps.is_empty();
        let of_policies: Vec<_> =
            if is_asked && (request.wants_risks() || request.wants_grants() && policies.clone().next().is_some()) {
                let known: Vec<&Entity> = resolved.dumps.iter().map(|dump| &dump.entity).collect();
                let is_of_moment = |one: &&EntityStatement| resolve::grants::is_stated_by(one, request.params.at);
                let statements: Vec<EntityStatement> = self.statements.iter().filter(is_of_moment).cloned().collect();
                let (grants, problems) = resolve::grants::settle(of_moment.collect(), &known, &statements, catalogue);
                // Two sides belong to a diff, which does not report on grants.
                if self.grants.is_empty() {
                    self.grants = grants;
                }
                problems
            } else {
                // A report without a key shows that there is none, and a list tells when its entities were created.
                let tells_of_credentials =
                    |answer: &PolicyAnswer| answer.operation.tells_of_credentials() || !answer.entities.is_empty();
                let is_of_use = |answer: &PolicyAnswer| {
                    !answer.accounts.is_empty() || wants_credentials && tells_of_credentials(answer)
                };
                policies.filter(|answer| !checks && !is_of_use(answer)).map(resolve::grants::left_out).collect()
            };
        let of_files = loaded.all_problems().cloned();
        let problems: Vec<_> = of_files.chain(resolved.problems).chain(of_others).chain(of_policies).collect();
        let others: Vec<_> = others.into_iter().map(|(report, _)| report).collect();
        if checks {
            let agreements = agreement::notes(&resolved.dumps, &self.grants, context.symbols);
            self.source_rows.extend(check_rows::rows(loaded, &sizes, &resolved.dumps, &others, &problems, &agreements));
        }
        self.others.extend(others);
        let counts = loaded.counts();
        self.inputs.found += counts.found;
        self.inputs.read += counts.read;
        self.inputs.skipped += counts.skipped;
        self.inputs.failed += counts.failed;
        self.problems.extend(problems);
        self.files.append(&mut loaded.files);
        resolved.dumps
    }

    /// Rule 63: contradicted rows are warnings; rule 32: how many unused rows belong to an entity of unknown age.
    pub fn take_findings(&mut self, mut findings: Findings) {
        for (source, entity, rows) in std::mem::take(&mut findings.contradicted) {
            let are = if rows == 1 { "1 row of".to_owned() } else { format!("{rows} rows of") };
            let what = format!(
                "{are} {entity} {} contradicted: an older document shows an access that AWS cannot have forgotten, or the \
                 dump is of a former entity",
                if rows == 1 { "is" } else { "are" }
            );
            let problem = Problem {
                source,
                place: String::new(),
                ..Problem::new(Kind::ContradictedRows, Source::file(String::new()), what)
            };
            let advice = "Look whether the entity was deleted and made again, or whether a file is about another one.";
            self.problems.push(problem.advise(advice));
        }
        self.problems.sort();
        self.problems.dedup();
        findings.gone.sort();
        findings.unlisted.sort();
        self.findings = findings;
    }

    /// Entries that have expired or decide nothing are warnings, and what decisions hide is shown next to every number.
    pub fn take_decisions(&mut self, totals: Option<&DecisionTotals>) {
        let Some(totals) = totals else { return };
        self.problems.extend(totals.problems.iter().cloned());
        self.problems.sort();
        self.kept = totals.remarks();
    }

    /// Collects what documents other than the dumps tell about entities, from both sides.
    fn gather_besides(
        &mut self,
        also_used: &[resolve::AlsoUsed],
        [old, new]: [&files::Loaded; 2],
        of_new: usize,
        context: &RunContext,
    ) {
        let RunContext { options, symbols, catalogue, .. } = *context;
        let mut besides = resolve::Besides::default();
        let dumps: Vec<&Dump> = self.dumps.iter().chain(&self.old_dumps).collect();
        let entities = resolve::DumpedEntities::of_dumps(dumps.iter().copied()).with_listed(&self.grants);
        let entities = entities.with_ids(&self.statements, &self.others);
        if !context.request.decisions.is_empty() {
            let documents = [old, new].into_iter().flat_map(|loaded| &loaded.documents);
            self.other_names = entities.other_names(documents.flat_map(|document| &document.policies));
        }
        besides.take_other_operations(&self.others, &entities, symbols);
        besides.take_statements(&self.statements, &entities, symbols);
        besides.take_names(&self.statements[..of_new], false);
        besides.take_names(&self.statements[of_new..], true);
        let unmatched = besides.take_also_used(also_used, &dumps, &entities, (catalogue, symbols));
        self.problems.extend(also_used.iter().zip(unmatched).flat_map(|(table, unmatched)| unmatched.problems(table)));
        besides.take_accesses_of_others(&dumps, &entities, symbols);
        for loaded in [old, new] {
            let answers = || loaded.documents.iter().flat_map(|document| &document.policies);
            besides.take_owners(answers());
            let unknown = besides.take_credentials(answers(), &dumps, &entities, (catalogue, symbols));
            self.problems.extend(unknown);
        }
        let ties = || {
            let answers = [old, new].into_iter().flat_map(|loaded| &loaded.documents);
            let others: Vec<&Entity> = dumps.iter().map(|dump| &dump.entity).collect();
            resolve::grants::ties(answers.flat_map(|document| &document.policies), &others)
        };
        besides.take_accesses_of_holders(&dumps, &self.grants, ties, &entities, symbols);
        for (loaded, unread) in [(old, (true, false)), (new, (false, true))] {
            let sources: Vec<&Source> = loaded.unread().collect();
            let inside: Vec<(&Source, &Arn)> = loaded.unread_names().collect();
            let arns: Vec<Arn> = inside.iter().map(|(_, arn)| (*arn).clone()).collect();
            let by_path = resolve::unread::entities_of(&sources, &dumps, &arns, options.template.as_ref());
            let inside = inside.into_iter().map(|(source, arn)| (source, Entity::of(arn.clone())));
            let named: Vec<(&Source, Entity)> = by_path.into_iter().chain(inside).collect();
            for (_, entity) in &named {
                let known = &mut besides.of(entity).unread;
                *known = (known.0 | unread.0, known.1 | unread.1);
            }
            // The message of a client names its caller, too: in `check`, that would look like the entity of a dump.
            if context.request.presentation == Presentation::Explanation {
                check_rows::name_unread(&mut self.source_rows, &named);
            }
        }
        self.besides = besides.finish();
    }

    /// Whether there is anything for one of the reports that `request` names. An audit or an overview without a usable dump
    /// would look like one that found nothing, even if documents beside the dumps name entities.
    pub fn can_serve_any(&self, request: &Request) -> bool {
        if request.audit || request.presentation == Presentation::Overview {
            return self.has_usable_dump();
        }
        let serves = |spec| self.can_serve(spec) && !(request.specs.len() > 1 && *spec == ReportSpec::Check);
        request.specs.iter().any(serves)
    }

    fn has_usable_dump(&self) -> bool {
        self.dumps.iter().any(|dump| dump.evidence.is_usable())
    }

    /// Whether there is anything for the report `spec`.
    pub fn can_serve(&self, spec: &ReportSpec) -> bool {
        match spec {
            ReportSpec::Check => self.inputs.found > 0,
            ReportSpec::OtherOperation(kind) => self.others.iter().any(|r| r.is(*kind) && r.evidence.is_usable()),
            ReportSpec::Grants { .. } | ReportSpec::Recommend => !self.grants.is_empty(),
            ReportSpec::Credentials => !self.credentials.is_empty(),
            ReportSpec::Decisions => !self.dumps.is_empty() || !self.grants.is_empty(),
            ReportSpec::Entities => !self.grants.is_empty() || !self.dumps.is_empty() || !self.besides.is_empty(),
            _ => self.has_usable_dump(),
        }
    }

    /// Whether dumps were made on several days up to `at`, so that there is something to compare.
    pub fn has_several_dates(&self, at: Option<Instant>) -> bool {
        let usable = self.dumps.iter().filter(|d| d.evidence.is_usable());
        let made = usable.filter_map(|d| d.made_at).filter(|made| at.is_none_or(|at| *made <= at));
        let days: BTreeSet<_> = made.map(Instant::day).collect();
        days.len() > 1
    }

    /// What of the request matches nothing in the inputs: values of its filter, and moments before all dumps. It is a warning too, unless
    /// it is known to be rare.
    pub fn take_unmatched(&mut self, request: &Request, names: &Names, catalogue: &Catalogue) -> Vec<Unmatched> {
        let filter = request.typed.as_ref().unwrap_or(&request.params.filter);
        let moments = [("--at", request.params.at), ("--from", request.from), ("--to", request.to)];
        let before = moments.into_iter().filter_map(|(option, at)| self.before_all_dumps(option, at?));
        let safeguards = self.unmatched_safeguards(&request.recommend, catalogue);
        let unmatched: Vec<_> = before.chain(self.unmatched(filter, names, catalogue)).chain(safeguards).collect();
        self.problems.extend(unmatched.iter().filter_map(Unmatched::problem));
        self.problems.sort();
        unmatched
    }

    /// The values of `filter` that match nothing in the inputs.
    fn unmatched(&self, filter: &Filter, names: &Names, catalogue: &Catalogue) -> Vec<Unmatched> {
        let dumps: Vec<&Dump> = self.dumps.iter().chain(&self.old_dumps).collect();
        let of_dumps = dumps.iter().map(|dump| &dump.entity);
        let besides = self.besides.iter().map(|beside| &beside.entity);
        let holders = self.grants.entities().map(|holder| &holder.entity);
        let entities: Vec<&Entity> = of_dumps.chain(besides).chain(holders).collect();
        let of = Nameable { entities: &entities, dumps: &dumps, others: &self.others, names, catalogue };
        analyse::unmatched(filter, of)
    }

    /// What the safeguards of proposals do not find: they would be without effect.
    fn unmatched_safeguards(&self, asked: &RecommendRequest, catalogue: &Catalogue) -> Vec<Unmatched> {
        let unmatched = |option, asked: String| Unmatched { option, asked, is_known: false, nearest: Vec::new() };
        let caller =
            asked.applied_by.as_ref().filter(|caller| !self.grants.entities().any(|one| caller.may_mean(&one.arn)));
        let protect = recommend::without_effect(&asked.protect, &self.grants, catalogue);
        let protect = protect.into_iter().map(|pattern| unmatched("--protect", pattern.clone()));
        caller.map(|caller| unmatched("--applied-by", caller.to_string())).into_iter().chain(protect).collect()
    }

    /// The moment of an option, if all dumps were made after it: a report about it is empty, and looks like good news; a comparison with it
    /// shows every entity as new.
    fn before_all_dumps(&self, option: &'static str, at: Instant) -> Option<Unmatched> {
        let usable = self.dumps.iter().filter(|dump| dump.evidence.is_usable());
        // A side of a comparison has no dumps without a date.
        let usable = usable.filter(|dump| option == "--at" || dump.made_at.is_some());
        // `None` is the least: a dump without a date may have been made before.
        let oldest = usable.map(|dump| dump.made_at).min()?.filter(|oldest| at < *oldest)?;
        let (asked, nearest) = (at.day().to_string(), vec![oldest.day().to_string()]);
        Some(Unmatched { option, asked, is_known: false, nearest })
    }

    pub fn entities(&self) -> usize {
        let usable = self.dumps.iter().filter(|d| d.evidence.is_usable());
        usable.map(|d| d.entity.key.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// The accounts of `asked`, or all, that an answer of AWS names and no usable dump is of.
    pub fn accounts_without_dump(&self, asked: &[String]) -> Vec<(String, String)> {
        let dumps = self.dumps.iter().chain(&self.old_dumps).filter(|dump| dump.evidence.is_usable());
        let dumped: BTreeSet<&str> =
            dumps.filter_map(|dump| dump.entity.account.as_ref()).map(AccountId::as_str).collect();
        let is_asked = |account: &&String| asked.is_empty() || asked.contains(account);
        let without = self.accounts.listed.iter().filter(is_asked).filter(|account| !dumped.contains(account.as_str()));
        without.map(|account| (account.clone(), self.accounts.name(account).unwrap_or_default().to_owned())).collect()
    }

    /// Sentences that belong next to every number: which numbers rest on less than a whole answer, or on a conclusion
    /// about the entity.
    fn remarks(&self) -> Vec<String> {
        let mut incomplete: BTreeMap<Evidence, usize> = BTreeMap::new();
        let dumps = || self.dumps.iter().chain(&self.old_dumps);
        for dump in dumps().filter(|d| !d.evidence.is_whole()) {
            *incomplete.entry(dump.evidence).or_default() += 1;
        }
        let mut remarks: Vec<String> = self.kept.clone();
        if !incomplete.is_empty() {
            let counts: Vec<_> = incomplete.iter().map(|(evidence, n)| format!("{n} {evidence}")).collect();
            let (partial, all) = (incomplete.values().sum::<usize>(), dumps().count());
            remarks.push(format!(
                "{partial} of {all} dumps {} incomplete ({}). Services missing from {} are not counted as removed; older dumps judge them, and \
                 without one they are not counted. Run `dormant check` to see which.",
                if partial == 1 { "is" } else { "are" },
                counts.join(", "),
                if partial == 1 { "it" } else { "them" },
            ));
        }
        remarks.extend(self.findings.remarks());
        let inferred = dumps().filter(|d| d.identified_by == IdentifiedBy::Inferred).count();
        if inferred > 0 {
            let dumps = if inferred == 1 { "1 dump does".to_owned() } else { format!("{inferred} dumps do") };
            remarks.push(format!(
                "{dumps} not name the entity; dormant inferred it from the only role or user that used what it lists. `dormant check` shows which. \
                 Use --no-infer to turn this off."
            ));
        }
        remarks
    }

    /// Puts a computed table into a report, with everything that accompanies it.
    pub fn report(
        &self,
        spec: &ReportSpec,
        combined: Option<Computed>,
        headline: Option<&Headline>,
        request: &Request,
    ) -> Result<Report, RunError> {
        let computed = self.computed(spec, combined, &request.params)?;
        Ok(Report {
            title: analyse::describe(spec).title.to_owned(),
            id: analyse::describe(spec).id.to_owned(),
            parameters: Vec::new(),
            headline: headline.filter(|_| *spec == ReportSpec::Summary).cloned(),
            sections: computed
                .map(|computed| Section {
                    gone: self.findings.gone.clone(),
                    unlisted: self.findings.unlisted.clone(),
                    inline_owners: if matches!(spec, ReportSpec::Unused { .. }) {
                        self.inline_owners()
                    } else {
                        Vec::new()
                    },
                    ..section(spec, computed, &request.params)
                })
                .into_iter()
                .collect(),
            inputs: self.inputs,
            newest_dump: self.dumps.iter().filter_map(|dump| dump.made_at).max(),
            problems: self.problems.clone(),
            workpaper: None,
        })
    }

    /// The inline policies of users, groups and roles, in the order in which each holds them.
    fn inline_owners(&self) -> Vec<InlineOwner> {
        let of_holder = |holder: &'_ Holder| {
            let own = (holder.arn.kind(), holder.arn.name().to_owned());
            let inline = holder.held.iter().filter(|held| held.policy.kind == PolicyKind::Inline);
            let policies = inline.map(|held| InlineOwner {
                holder: holder.arn.to_string(),
                name: held.policy.name.clone(),
                owner: held.via.group().map_or_else(|| own.clone(), |group| (EntityKind::Group, group.to_owned())),
            });
            policies.collect::<Vec<_>>()
        };
        self.grants.entities().flat_map(of_holder).collect()
    }

    /// The table of `spec`, which is `combined` if an analysis made it from dumps, with everything that belongs next to
    /// its numbers.
    fn computed(
        &self,
        spec: &ReportSpec,
        combined: Option<Computed>,
        params: &Params,
    ) -> Result<Option<Computed>, RunError> {
        Ok(match spec {
            ReportSpec::Check => Some(analyse::check_frame(self.source_rows.clone())?.into()),
            ReportSpec::OtherOperation(kind) => {
                let rows = analyse::other_operation_frame(&self.others, *kind, params)?;
                Some(Table::new(analyse::with_names(rows.collect()?, &self.accounts)?).into())
            }
            _ => combined.map(|mut computed| {
                let remarks = self.diffed.remarks().into_iter();
                computed.remarks.extend(remarks.filter(|_| matches!(spec, ReportSpec::Diff { .. })));
                computed.remarks.extend(self.remarks());
                computed
            }),
        })
    }
}

/// What documents other than the dumps of both sides call entities.
fn named(also_used: &[resolve::AlsoUsed], sides: [&files::Loaded; 2]) -> resolve::NamesBeside {
    let mut named = resolve::NamesBeside::default();
    named.take_also_used(also_used);
    for document in sides.into_iter().flat_map(|side| &side.documents) {
        named.take_others(&document.others);
        named.take_policies(&document.policies);
    }
    named
}

fn also_used(request: &Request) -> Result<Vec<resolve::AlsoUsed>, RunError> {
    let read = request.also_used.iter().map(|path| resolve::AlsoUsed::read(path)).collect::<Result<_, _>>();
    read.map_err(|error: resolve::UserTableError| RunError::Input(error.to_string()))
}

/// The only section of the report on `spec`.
fn section(spec: &ReportSpec, computed: Computed, params: &Params) -> Section {
    let Computed { table, remarks, unseen_entities } = computed;
    let about = analyse::describe(spec);
    Section {
        id: about.id.to_owned(),
        title: about.title.to_owned(),
        caption: params
            .filter
            .narrowing()
            .map_or_else(|| about.caption.to_owned(), |narrowing| format!("{} {narrowing}", about.caption)),
        columns: table.names().map(|name| analyse::define(about.id, name)).collect(),
        totals: analyse::totals(spec, &table),
        remarks,
        unseen_entities,
        gone: Vec::new(),
        unlisted: Vec::new(),
        inline_owners: Vec::new(),
        table,
    }
}
