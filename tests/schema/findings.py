"""Findings against the schemas of those who take them: OCSF's own, and that of the operation of Security Hub.

    findings.py FILE.jsonl|FOLDER...
"""
import json
import pathlib
import sys

import botocore.loaders
import botocore.model
import botocore.validate
import jsonschema
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

VERSION = "1.6.0"
MOST_BYTES = 240 << 10


def problems_of_events(path, validator):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        event = json.loads(line)
        assert event["class_uid"] == 2008 and event["metadata"]["version"] == VERSION
        for error in validator.iter_errors(event):
            yield f"{path}:{number}: {error.json_path}: {error.message}"


def problems_of_findings(folder, shape):
    for path in sorted(folder.glob("*/*.asff.json")):
        findings = json.loads(path.read_text(encoding="utf-8"))
        report = botocore.validate.ParamValidator().validate({"Findings": findings}, shape)
        if report.has_errors():
            yield f"{path}: {report.generate_report()}"
        if not 1 <= len(findings) <= 100:
            yield f"{path}: {len(findings)} findings"
        for finding in findings:
            if len(json.dumps(finding)) > MOST_BYTES:
                yield f"{path}: {finding['Id']} is too large"
            if {finding["AwsAccountId"]} != {path.parent.name}:
                yield f"{path}: {finding['Id']} is of another account"


def main():
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(VERSION)).get_class_schema("iam_analysis_finding", profiles=["cloud"])
    # A number that is none of the class, lest a schema that allows everything passes.
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert list(validator.iter_errors({"class_uid": 2001})), "the schema demands nothing"
    model = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("securityhub", "service-2"))
    shape = model.operation_model("BatchImportFindings").input_shape
    found, counted = [], 0
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        found += problems_of_findings(path, shape) if path.is_dir() else problems_of_events(path, validator)
        files = path.glob("*/*.asff.json") if path.is_dir() else [path]
        counted += sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    print("\n".join(found[:20]))
    if found:
        sys.exit(1)
    print(f"{counted} lines of findings are valid")


main()
