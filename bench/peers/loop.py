"""The Runtime API in Python's standard library and nothing more: an echo, the least that a runtime in Python does.
AWS's own client (awslambdaric) does more for each event; name it as a peer where it is installed."""
import http.client
import json
import os

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
ROOT = "/2018-06-01/runtime/invocation/"


def handler(event):
    return event


connection = http.client.HTTPConnection(API)
while True:
    connection.request("GET", ROOT + "next")
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"/next answered {response.status}")
    request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    answer = handler(json.loads(response.read()))
    body = json.dumps(answer, ensure_ascii=False).encode()
    connection.request("POST", f"{ROOT}{request_id}/response", body)
    connection.getresponse().read()
