"""The commands, the same by `flask …` in a checkout and by `gamepilot-mon …` once installed."""

import click

from gamepilot_mon import __version__
from gamepilot_mon.cli.alerts import alerts_group
from gamepilot_mon.cli.backup import restore, take_backup
from gamepilot_mon.cli.check_config import check_config
from gamepilot_mon.cli.config import config_group
from gamepilot_mon.cli.deliveries import deliveries_group
from gamepilot_mon.cli.demo import demo
from gamepilot_mon.cli.doctor import doctor
from gamepilot_mon.cli.errors import errors_group
from gamepilot_mon.cli.incidents import incidents_group
from gamepilot_mon.cli.loadtest import loadtest
from gamepilot_mon.cli.maintenance import maintenance_group
from gamepilot_mon.cli.rollups import rollups_group
from gamepilot_mon.cli.rules import rules_group
from gamepilot_mon.cli.run import run
from gamepilot_mon.cli.sign_in_link import sign_in_link
from gamepilot_mon.cli.silence import silence_group
from gamepilot_mon.cli.simulate import simulate
from gamepilot_mon.cli.source import source_group
from gamepilot_mon.cli.token import token_group
from gamepilot_mon.cli.user import user_group
from gamepilot_mon.cli.user_data import user_data_group


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gamepilot-mon")
def main() -> None:
    """Monitoring and alerting for a web app on one machine."""


for command in (
    run, demo, simulate, check_config, doctor, config_group, sign_in_link, token_group, user_group, alerts_group,
    take_backup, restore, rules_group, silence_group, maintenance_group, deliveries_group, incidents_group,
    loadtest, errors_group, user_data_group, source_group, rollups_group,
):  # fmt: skip
    main.add_command(command)
