"""Every route of the OpenAPI document, asked for what it should not: no 500, and errors of one shape."""

from __future__ import annotations

import pytest

from tests.server import Server


def test_every_route_has_a_summary_and_a_tag(server: Server) -> None:
    for path, methods in server.call("/openapi.json")[1]["paths"].items():
        for method, described in methods.items():
            assert described.get("summary"), (path, method)
            assert described.get("description"), (path, method)
            assert described.get("tags"), (path, method)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of schemathesis' own packages
def test_no_input_gets_a_500(server: Server) -> None:
    import schemathesis
    from hypothesis import HealthCheck, given
    from hypothesis import settings as property_settings
    from schemathesis.core.result import Ok

    schema = schemathesis.openapi.from_dict(server.call("/openapi.json")[1])
    headers = {"Authorization": f"Bearer {server.guest('camera', 'history')}"}
    tried = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if (operation.method.upper(), operation.path) in (("DELETE", "/api/me"), ("POST", "/api/logout")):
            continue  # they work, and the token would be gone

        @property_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def ask(case) -> None:
            answer = case.call(base_url=f"http://{server.address}", headers=headers)
            assert answer.status_code < 500
            if answer.status_code >= 400 and answer.status_code not in (404, 405):
                assert set(answer.json()["error"]) == {"code", "message"}

        ask()
        tried += 1
    assert tried > 25
