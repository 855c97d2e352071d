"""gunicorn's side, as the product configures it."""

from typing import Any

worker_class = "gamepilot_mon.web.worker.Worker"
graceful_timeout = 10
keepalive = 5
limit_request_fields = 50
backlog = 4096
worker_connections = 30_000
worker_tmp_dir = "/dev/shm"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    from gamepilot_mon.web.live import hooks

    hooks.post_worker_init(worker)


def worker_exit(server: Any, worker: Any) -> None:
    from gamepilot_mon.web.live import hooks

    hooks.worker_exit(server, worker)
