"""A whole load test, from the first question to the report."""

import http.client
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from gamepilot_mon.clock import utcnow
from gamepilot_mon.loadtest import plan as plans
from gamepilot_mon.loadtest import report
from gamepilot_mon.loadtest.behaviour import Behaviour
from gamepilot_mon.loadtest.courier import Courier
from gamepilot_mon.loadtest.crowd import FINAL, Crowd
from gamepilot_mon.loadtest.machine import Listeners
from gamepilot_mon.loadtest.people import crowd_of
from gamepilot_mon.loadtest.plan import Plan, PlanRefused
from gamepilot_mon.loadtest.publisher import Publisher
from gamepilot_mon.loadtest.stage import Outcome, Progress, Stages

TIMEOUT_S = 10.0


def run(plan: Plan, stop: Callable[[], bool], tell: Callable[[Progress], None]) -> dict[str, Any]:
    """The report. Raises PlanRefused before anything is sent that the server would refuse."""
    plans.check(plan)
    plans.raise_descriptors(plan.stages[-1])
    _ask_leave(plan)
    started, end_at = utcnow(), time.monotonic() + plan.longest_s
    name = secrets.token_hex(6)
    crowd, posts, others = Crowd(plan, name), Courier(plan.address), Courier(plan.address)
    behaviour = Behaviour(plan, crowd, others)
    stages = Stages(
        plan, crowd, (posts, others), behaviour, Publisher(plan, posts, name), Listeners(plan.address.port),
        crowd_of(plan.stages[-1], dict(plan.transports)),
        stopped=lambda: stop() or time.monotonic() > end_at, tell=tell,
    )  # fmt: skip
    try:
        crowd.newest = _newest(plan)
        behaviour.begin()
        outcomes, why = _climb(stages)
    finally:
        crowd.close()
        posts.close()
        others.close()
    if stop():
        why = "interrupted"
    return report.build(stages, outcomes, started, utcnow(), why)


def _climb(stages: Stages) -> tuple[list[Outcome], str]:
    outcomes = []
    for number, wanted in enumerate(stages.plan.stages):
        outcomes.append(stages.run(number, wanted))
        if stages.stopped():
            return outcomes, "out of time"
        refused = sorted(FINAL & outcomes[-1].seen.refused.keys())
        if refused:
            return outcomes, f"refused with {', '.join(map(str, refused))}"
        if not outcomes[-1].complete:
            return outcomes, f"{outcomes[-1].connected} of {wanted} clients could stay connected"
    return outcomes, "done"


def _ask_leave(plan: Plan) -> None:
    """Empty requests show whether a token has the role, and change nothing."""
    if _status(plan, "GET", "/api/realtime/clients", plan.token) != 200:
        raise PlanRefused("the token needs the role viewer (gamepilot-mon token create --role viewer)")
    if _status(plan, "POST", "/api/realtime/broadcast", plan.operator_token) not in (400, 422):
        raise PlanRefused("items are broadcasts: --operator-token needs the role operator")
    if plan.ingest_token and _status(plan, "POST", "/api/v1/events", plan.ingest_token) not in (
        202,
        400,
        422,
    ):
        raise PlanRefused("--ingest-token needs the role ingest")


def _status(plan: Plan, method: str, path: str, token: str) -> int:
    return _exchange(plan, method, path, token)[0]


def _exchange(plan: Plan, method: str, path: str, token: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(plan.address.ip, plan.address.port, timeout=TIMEOUT_S)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, b"{}" if method == "POST" else None, headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException, ValueError) as error:
        # The text of a ValueError may have the token in it.
        why = type(error).__name__ if isinstance(error, ValueError) else error
        raise PlanRefused(f"http://{plan.address.authority} does not answer: {why}") from None
    finally:
        connection.close()


def _newest(plan: Plan) -> int:
    """The newest id of the feed, as a stream that starts now is told."""
    connection = http.client.HTTPConnection(plan.address.ip, plan.address.port, timeout=TIMEOUT_S)
    try:
        headers = {"Authorization": f"Bearer {plan.token}"}
        connection.request("GET", "/api/realtime/stream?topics=alerts", headers=headers)
        response = connection.getresponse()
        if response.status != 200:
            raise PlanRefused(f"the live feed answers {response.status}: {_detail(response.read(2000))}")
        while line := response.readline():
            if line.startswith(b"id: "):
                return int(line[4:])
    except (OSError, http.client.HTTPException) as error:
        raise PlanRefused(f"the live feed does not answer: {error}") from None
    finally:
        connection.close()
    raise PlanRefused("the live feed ended before it began")


def _detail(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "no more is known"
