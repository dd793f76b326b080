"""Writes the OpenAPI 3.1 document of every unary method, from a descriptor set with source info.

    openapi.py DESCRIPTOR_SET OUTPUT
"""

import json
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2

Field = descriptor_pb2.FieldDescriptorProto

# How protobuf's JSON form writes a scalar.
SCALARS = {
    Field.TYPE_DOUBLE: {"type": "number", "format": "double"},
    Field.TYPE_FLOAT: {"type": "number", "format": "float"},
    Field.TYPE_INT32: {"type": "integer", "format": "int32"},
    Field.TYPE_SINT32: {"type": "integer", "format": "int32"},
    Field.TYPE_SFIXED32: {"type": "integer", "format": "int32"},
    Field.TYPE_UINT32: {"type": "integer", "format": "uint32"},
    Field.TYPE_FIXED32: {"type": "integer", "format": "uint32"},
    Field.TYPE_INT64: {"type": "string", "format": "int64"},
    Field.TYPE_SINT64: {"type": "string", "format": "int64"},
    Field.TYPE_SFIXED64: {"type": "string", "format": "int64"},
    Field.TYPE_UINT64: {"type": "string", "format": "uint64"},
    Field.TYPE_FIXED64: {"type": "string", "format": "uint64"},
    Field.TYPE_BOOL: {"type": "boolean"},
    Field.TYPE_STRING: {"type": "string"},
    Field.TYPE_BYTES: {"type": "string", "format": "byte"},
}
WELL_KNOWN = {
    ".google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    ".google.protobuf.Duration": {"type": "string", "format": "duration"},
    ".google.protobuf.FieldMask": {"type": "string"},
    ".google.protobuf.Any": {"type": "object"},
    ".google.protobuf.Empty": {"type": "object"},
}
ERROR = {
    "type": "object",
    "description": "What a call failed with.",
    "properties": {
        "code": {"type": "string", "description": "The gRPC code in lower case: not_found."},
        "message": {"type": "string"},
        "details": {"type": "array", "items": {"type": "object", "properties": {
            "type": {"type": "string"},
            "value": {"type": "string", "description": "base64 without padding"},
            "debug": {"type": "object"}}}},
    },
}
VERSION_HEADER = {
    "name": "Connect-Protocol-Version", "in": "header", "required": True,
    "schema": {"type": "string", "enum": ["1"]},
    "description": "Shows that no foreign web page sends the request."}
PRINCIPAL_HEADER = {
    "name": "Bellwether-Principal", "in": "header", "schema": {"type": "string"},
    "description": "Who acts, percent-encoded UTF-8."}


def json_name(name: str) -> str:
    return name.lstrip(".")


class Document:
    def __init__(self, files: descriptor_pb2.FileDescriptorSet):
        self.messages, self.enums, self.comments = {}, {}, {}
        self.schemas, self.paths, self.tags = {"connect.Error": ERROR}, {}, []
        for file in files.file:
            self._index(file)

    def _index(self, file):
        comments = {tuple(place.path): (place.leading_comments or place.trailing_comments).strip()
                    for place in file.source_code_info.location
                    if place.leading_comments or place.trailing_comments}
        prefix = f".{file.package}" if file.package else ""

        def walk(message, name, path):
            self.messages[name] = message
            self.comments[name] = comments.get(path, "")
            for i, field in enumerate(message.field):
                self.comments[f"{name}/{field.name}"] = comments.get((*path, 2, i), "")
            for i, nested in enumerate(message.nested_type):
                walk(nested, f"{name}.{nested.name}", (*path, 3, i))
            for i, enum in enumerate(message.enum_type):
                self.enums[f"{name}.{enum.name}"] = (enum, comments.get((*path, 4, i), ""))

        for i, message in enumerate(file.message_type):
            walk(message, f"{prefix}.{message.name}", (4, i))
        for i, enum in enumerate(file.enum_type):
            self.enums[f"{prefix}.{enum.name}"] = (enum, comments.get((5, i), ""))
        for i, service in enumerate(file.service):
            for j, method in enumerate(service.method):
                self.comments[f"{prefix}.{service.name}/{method.name}"] = comments.get(
                    (6, i, 2, j), "")
            self.comments[f"{prefix}.{service.name}"] = comments.get((6, i), "")

    def schema_of_type(self, field) -> dict:
        if field.type in SCALARS:
            return dict(SCALARS[field.type])
        if field.type_name in WELL_KNOWN:
            return dict(WELL_KNOWN[field.type_name])
        return self.reference(field.type_name)

    def reference(self, type_name: str) -> dict:
        name = json_name(type_name)
        if name not in self.schemas:
            self.schemas[name] = {}  # a message may hold itself
            self.schemas[name] = self.schema(type_name)
        return {"$ref": f"#/components/schemas/{name}"}

    def schema(self, type_name: str) -> dict:
        if type_name in self.enums:
            enum, comment = self.enums[type_name]
            schema = {"type": "string", "enum": [value.name for value in enum.value]}
            return schema | ({"description": comment} if comment else {})
        message = self.messages[type_name]
        schema = {"type": "object", "additionalProperties": False, "properties": {}}
        if comment := self.comments.get(type_name):
            schema["description"] = comment
        for field in message.field:
            schema["properties"][field.json_name] = self.property(type_name, field)
        return schema

    def property(self, type_name: str, field) -> dict:
        entry = self.messages.get(field.type_name)
        if entry is not None and entry.options.map_entry:
            schema = {"type": "object", "additionalProperties": self.schema_of_type(entry.field[1])}
        elif field.label == Field.LABEL_REPEATED:
            schema = {"type": "array", "items": self.schema_of_type(field)}
        else:
            schema = self.schema_of_type(field)
        if comment := self.comments.get(f"{type_name}/{field.name}"):
            schema["description"] = comment
        return schema

    def add_service(self, package: str, service):
        full_name = f"{package}.{service.name}"
        self.tags.append({"name": full_name, "description": self.comments.get(f".{full_name}", "")})
        for method in service.method:
            if not method.client_streaming and not method.server_streaming:
                self.paths[f"/{full_name}/{method.name}"] = self.path(full_name, method)

    def path(self, service: str, method) -> dict:
        reads = (method.options.idempotency_level ==
                 descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS)
        about = {
            "tags": [service],
            "description": self.comments.get(f".{service}/{method.name}", ""),
            "responses": {
                "200": {"description": "The response.", "content": {
                    "application/json": {"schema": self.reference(method.output_type)}}},
                "default": {"description": "Why there is none.", "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/connect.Error"}}}},
            },
        }
        post = about | {
            "operationId": f"{service}.{method.name}",
            "parameters": [PRINCIPAL_HEADER] + ([] if reads else [VERSION_HEADER]),
            "requestBody": {"required": True, "content": {
                "application/json": {"schema": self.reference(method.input_type)}}},
        }
        if not reads:
            return {"post": post}
        get = about | {
            "operationId": f"{service}.{method.name}.get",
            "parameters": [
                PRINCIPAL_HEADER,
                {"name": "connect", "in": "query", "schema": {"type": "string", "enum": ["v1"]}},
                {"name": "encoding", "in": "query", "required": True,
                 "schema": {"type": "string", "enum": ["json"]}},
                {"name": "message", "in": "query", "required": True, "content": {
                    "application/json": {"schema": self.reference(method.input_type)}}},
            ],
        }
        return {"post": post, "get": get}

    def render(self) -> dict:
        return {
            "openapi": "3.1.0",
            "info": {"title": "Bellwether", "version": "v1",
                     "description": "Every unary method, by the Connect protocol. Streams of "
                                    "answers and events: docs/http.md."},
            "tags": self.tags,
            "paths": dict(sorted(self.paths.items())),
            "components": {"schemas": dict(sorted(self.schemas.items()))},
        }


def main(descriptor_set: str, output: str):
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(descriptor_set).read_bytes())
    document = Document(files)
    for file in files.file:
        for service in file.service:
            if file.package.startswith("bellwether."):
                document.add_service(file.package, service)
    Path(output).write_text(json.dumps(document.render(), ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main(*sys.argv[1:])
