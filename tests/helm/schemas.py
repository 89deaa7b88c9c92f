"""JSON schemas of Kubernetes' kinds, one a file as kubeconform looks for them, from its OpenAPI description.

    schemas.py DOWNLOADED FOLDER

DOWNLOADED is what `go mod download -json` says of Kubernetes' module. Every object is closed: a field that Kubernetes
does not know is a mistake.
"""

import json
import sys
from pathlib import Path

REF = "#/definitions/"


def closed(node):
    """The same schema with its objects closed and Kubernetes' two scalars that may be numbers or text said so."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "int-or-string":
        return {"type": ["string", "integer"]}
    made = {key: closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and "additionalProperties" not in node:
        made["additionalProperties"] = False
    return made


def named_in(node):
    """The definitions that a schema refers to."""
    if isinstance(node, list):
        for item in node:
            yield from named_in(item)
    elif isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(REF)
        for value in node.values():
            yield from named_in(value)


def reached(definitions, name):
    """What a definition rests on, itself included."""
    found, open_ = set(), [name]
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_.extend(named_in(definitions[name]))
    return {name: definitions[name] for name in sorted(found)}


def main(downloaded, folder):
    module = Path(json.loads(Path(downloaded).read_text())["Dir"])
    described = json.loads((module / "api/openapi-spec/swagger.json").read_text())["definitions"]
    definitions = {name: closed(definition) for name, definition in described.items()}
    # Written as 1 or "500m".
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"type": ["string", "number"]}
    folder = Path(folder)
    folder.mkdir()
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            words = [kind["kind"], kind["group"].split(".")[0], kind["version"]]
            file = folder / ("-".join(word for word in words if word).lower() + ".json")
            version = "/".join(word for word in (kind["group"], kind["version"]) if word)
            required = definition.get("required", []) + ["apiVersion", "kind", "metadata"]
            schema = {
                "allOf": [{"$ref": REF + name}],
                "required": sorted(set(required)),
                "properties": {"apiVersion": {"const": version}, "kind": {"const": kind["kind"]}},
                "definitions": reached(definitions, name),
            }
            file.write_text(json.dumps(schema))


main(*sys.argv[1:])
