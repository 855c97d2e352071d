import re

from tests.serving import Server


def test_it_describes_the_api_in_openapi_3_1(server: Server) -> None:
    document = server.get("/api/openapi.json").json()

    assert document["openapi"] == "3.1.0"
    assert {"/api/v1/events", "/healthz", "/readyz", "/metrics", "/ping/{key}"} <= document["paths"].keys()
    assert document["components"]["securitySchemes"].keys() == {"token", "browser"}


def test_it_refers_only_to_what_it_holds(server: Server) -> None:
    document = server.get("/api/openapi.json")

    names = set(re.findall(r'"#/components/schemas/([^"]+)"', document.text))
    assert names <= document.json()["components"]["schemas"].keys()


def test_it_gives_every_operation_its_own_id_and_a_problem(server: Server) -> None:
    paths = server.get("/api/openapi.json").json()["paths"]
    operations = [operation for item in paths.values() for operation in item.values()]

    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all("application/problem+json" in o["responses"]["default"]["content"] for o in operations)
    assert all(operation["summary"] for operation in operations)


def test_it_shows_a_page_that_loads_nothing_from_elsewhere(server: Server) -> None:
    page = server.get("/api/docs", headers={"Accept": "text/html"})

    assert page.status_code == 200
    assert "POST /api/v1/events" in page.text
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page.text) == []
    assert "<style" not in page.text
    assert "style=" not in page.text
