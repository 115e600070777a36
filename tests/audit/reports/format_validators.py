"""Validates reports by the published readers of their formats, in an environment of its own that has them.

Run as `python format_validators.py FORMAT FILE`; prints one line for each fault and exits 1 if there is one.
"""

import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"


def sarif(file: Path) -> Iterator[str]:
    from sarif_pydantic import Sarif

    Sarif.model_validate_json(file.read_text())
    yield from ()


def cyclonedx(file: Path) -> Iterator[str]:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text())
    if fault is not None:
        yield str(fault)


def osv(file: Path) -> Iterator[str]:
    import jsonschema

    # Importing that package needs libraries that its schema does not.
    found = find_spec("osv")
    assert found
    assert found.submodule_search_locations
    folder = Path(next(iter(found.submodule_search_locations)))
    schema = json.loads((folder / "osv-schema" / "validation" / "schema.json").read_text())
    # That copy of the schema admits the prefixes of the registered databases only.
    schema["$defs"].pop("prefix", None)
    schema["properties"]["id"] = {"type": "string"}
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            for fault in jsonschema.Draft202012Validator(schema).iter_errors(json.loads(archive.read(name))):
                yield f"{name}: {fault.message}"


def own_schema(name: str, values: Iterable[Any]) -> Iterator[str]:
    import jsonschema

    schema = json.loads((SCHEMAS / f"{name}-1.json").read_text())
    for value in values:
        for fault in jsonschema.Draft202012Validator(schema).iter_errors(value):
            yield f"{fault.json_path}: {fault.message}"


def jsonl(file: Path) -> Iterator[str]:
    yield from own_schema("lines", map(json.loads, file.read_text().splitlines()))


def json_(file: Path) -> Iterator[str]:
    yield from own_schema("findings", [json.loads(file.read_text())])


def attestations(file: Path) -> Iterator[str]:
    yield from own_schema("attestation", map(json.loads, file.read_text().splitlines()))
    from google.protobuf.json_format import ParseDict
    from in_toto_attestation.v1.statement import Statement
    from in_toto_attestation.v1.statement_pb2 import Statement as Message

    for line in file.read_text().splitlines():
        Statement.copy_from_pb(ParseDict(json.loads(line), Message())).validate()


def prometheus(file: Path) -> Iterator[str]:
    from prometheus_client.parser import text_string_to_metric_families

    if not list(text_string_to_metric_families(file.read_text())):
        yield "no metrics"


VALIDATORS: dict[str, Callable[[Path], Iterator[str]]] = {
    "sarif": sarif,
    "cyclonedx": cyclonedx,
    "osv": osv,
    "attestations": attestations,
    "prometheus": prometheus,
    "jsonl": jsonl,
    "json": json_,
}

if __name__ == "__main__":
    faults = list(VALIDATORS[sys.argv[1]](Path(sys.argv[2])))
    print("\n".join(faults))
    sys.exit(bool(faults))
