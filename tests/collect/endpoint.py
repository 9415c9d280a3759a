"""The invented AWS of cloud.py as a service on this machine, for real clients: it speaks the protocols that botocore's models describe."""

import base64
import contextlib
import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

import botocore.loaders
import botocore.model

from cloud import Cloud, Refused

MODELS = {
    name: botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model(name, "service-2"), name)
    for name in ("iam", "sts", "organizations")
}


def xml(shape, value):
    """A value as the query protocol writes it."""
    if shape.type_name == "structure":
        known = [(name, member) for name, member in shape.members.items() if name in value]
        return "".join(f"<{name}>{xml(member, value[name])}</{name}>" for name, member in known)
    if shape.type_name == "list":
        return "".join(f"<member>{xml(shape.member, item)}</member>" for item in value)
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        # A policy's document travels percent-encoded.
        return urllib.parse.quote(json.dumps(value))
    return escape(str(value))


def parameters(body):
    """The parameters of the query protocol; lists are numbered."""
    given = {}
    for name, value in urllib.parse.parse_qsl(body):
        name, _, rest = name.partition(".member.")
        if rest:
            given.setdefault(name, []).append(value)
        else:
            given[name] = value
    return given


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    home = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        key, _day, _region, service = re.search(r"Credential=([^/]+)/([^/]+)/([^/]+)/([^/]+)/", self.headers["Authorization"]).groups()
        cloud = Cloud(self.home, key)
        if "X-Amz-Target" in self.headers:
            self.json(cloud, service, self.headers["X-Amz-Target"].split(".")[1], json.loads(body))
        else:
            given = parameters(body)
            self.query(cloud, service, given.pop("Action"), given)

    def query(self, cloud, service, operation, given):
        model = MODELS[service]
        try:
            answer = xml(model.operation_model(operation).output_shape, cloud.answer(service, operation, {**given, "paged": True}))
            text = f'<{operation}Response xmlns="{model.metadata["xmlNamespace"]}"><{operation}Result>{answer}</{operation}Result></{operation}Response>'
            self.send(200, "text/xml", text)
        except Refused as error:
            inner = f"<Error><Type>Sender</Type><Code>{error.code}</Code><Message>{escape(str(error))}</Message></Error>"
            self.send(400, "text/xml", f"<ErrorResponse>{inner}</ErrorResponse>")

    def json(self, cloud, service, operation, given):
        try:
            self.send(200, "application/x-amz-json-1.1", json.dumps(cloud.answer(service, operation, given)))
        except Refused as error:
            self.send(400, "application/x-amz-json-1.1", json.dumps({"__type": error.code, "message": str(error)}))

    def send(self, status, kind, text):
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve(home):
    """The address of a service that answers from the scenario in the folder `home`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Served", (Service,), {"home": home}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
