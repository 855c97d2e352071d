"""gunicorn's side, as the product configures it."""

from gamepilot_mon.web.live.hooks import post_worker_init, worker_exit

worker_class = "gevent"
graceful_timeout = 10
keepalive = 5
backlog = 4096
worker_connections = 30_000
worker_tmp_dir = "/dev/shm"
control_socket_disable = True

__all__ = ["post_worker_init", "worker_exit"]
