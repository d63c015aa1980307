"""deploy/, without an engine: what the compose specification asks of a file, and what we ask of ours."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import click
import pytest
import typer
from reading import DEPLOY, compose, ours, with_proxy

from app.cli import cli
from app.serving.api import GRACE_SECONDS
from app.serving.group import SPARE_SECONDS
from app.settings import Settings
from app.work.engine import FINISH_SECONDS
from tests.support.processes import REPOSITORY

# Of what the specification has (compose-spec, 05-services.md), what is used here, with its shape.
SERVICE = {
    "image": str,
    "build": dict,
    "command": list,
    "user": str,
    "environment": dict,
    "secrets": list,
    "volumes": list,
    "tmpfs": list,
    "networks": list,
    "ports": list,
    "depends_on": dict,
    "healthcheck": dict,
    "deploy": dict,
    "restart": str,
    "stop_signal": str,
    "stop_grace_period": str,
    "init": bool,
    "read_only": bool,
    "cap_drop": list,
    "security_opt": list,
    "logging": dict,
    "shm_size": str,
}
TOP = {"name", "services", "networks", "volumes", "secrets"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
HEALTH = {"test", "interval", "timeout", "retries", "start_period", "disable"}
RESTART = re.compile(r"no|always|unless-stopped|on-failure(:\d+)?")
SECONDS = re.compile(r"(\d+)s")
services = pytest.mark.parametrize("name", compose()["services"])


def test_it_has_what_the_specification_knows() -> None:
    read = compose()
    assert {key for key in read if not key.startswith("x-")} <= TOP
    for network in read["networks"].values():
        assert set(network) <= {"internal", "ipam"}
    assert all(set(secret) == {"file"} for secret in read["secrets"].values())


@services
def test_a_service_is_well_formed_and_names_only_what_there_is(name: str) -> None:
    read = compose()
    service: dict[str, Any] = read["services"][name]
    assert {key: type(value) for key, value in service.items()} == {key: SERVICE[key] for key in service}
    assert RESTART.fullmatch(service["restart"])
    assert set(service["networks"]) <= set(read["networks"])
    assert set(service.get("secrets", [])) <= set(read["secrets"])
    assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(read["volumes"])
    assert all(isinstance(each, str) for each in service.get("command", []))
    assert set(service.get("healthcheck", {})) <= HEALTH
    for other, what in service.get("depends_on", {}).items():
        needed = read["services"][other]
        assert what["condition"] in CONDITIONS
        if what["condition"] == "service_healthy":
            assert needed["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        if what["condition"] == "service_completed_successfully":
            assert needed["restart"] == "no"


@services
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    # Nobody else on the network of the machine is answered.
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_database_is_out_of_reach_and_its_version_is_said() -> None:
    read = compose()
    database = read["services"]["database"]
    assert re.fullmatch(r"postgres:\d+", database["image"])
    assert "ports" not in database
    assert [read["networks"][network] for network in database["networks"]] == [{"internal": True}]


def test_the_database_is_there_once_it_is_reached_as_others_reach_it() -> None:
    """The image fills a new database by a server of its own, which listens at its socket alone, and ends that one."""
    kind, tool, *options = compose()["services"]["database"]["healthcheck"]["test"]
    assert (kind, tool) == ("CMD", "pg_isready")
    assert "--host=127.0.0.1" in options


def test_callers_are_told_apart_whichever_proxy_they_come_by() -> None:
    """One in the file, or one on the machine, whose connections come from the gateway of the network that leads out."""
    read = compose()
    api = read["services"]["api"]
    of = {name: each["ipam"]["config"][0] for name, each in read["networks"].items() if "ipam" in each}
    trusted = set(api["environment"]["PEERLINE_TRUSTED_PROXIES"].split(","))
    assert trusted == {of["front"]["subnet"], of["outside"]["gateway"]}
    assert ipaddress.ip_address(of["outside"]["gateway"]) in ipaddress.ip_network(of["outside"]["subnet"])
    assert {name for name in api["networks"] if not read["networks"][name].get("internal")} == {"outside"}


def test_the_proxy_in_the_file_reaches_the_api_by_the_network_on_which_it_is_believed() -> None:
    """On another it would have an address that nobody knows for the proxy's, and all callers would be one."""
    read = with_proxy()
    proxy, api = read["services"]["proxy"], read["services"]["api"]
    assert set(proxy["networks"]) <= set(read["networks"])
    assert set(proxy["networks"]) & set(api["networks"]) == {"front"}
    # It has a way out, for its certificates, and is reached from outside.
    assert any(not (read["networks"][each] or {}).get("internal") for each in proxy["networks"])
    assert {volume.split(":")[0] for volume in proxy["volumes"]} - {"./Caddyfile"} <= set(read["volumes"])


@pytest.mark.parametrize("name", ours())
def test_a_command_is_one_that_there_is(name: str) -> None:
    command, *rest = ours()[name]["command"]
    group = typer.main.get_command(cli)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    found = group.commands[command]  # type: ignore[attr-defined]  # typer's own class of groups has them too
    found.make_context(command, rest)


@pytest.mark.parametrize("name", ours())
def test_a_setting_is_one_that_there_is_and_secrets_are_in_files(name: str) -> None:
    environment = ours()[name]["environment"]
    names = {each.removeprefix("PEERLINE_").removesuffix("_FILE").lower() for each in environment}
    assert names <= set(Settings.model_fields)
    assert {"PEERLINE_MASTER_KEYS_FILE", "PEERLINE_DATABASE_PASSWORD_FILE"} <= set(environment)
    assert not {"PEERLINE_MASTER_KEYS", "PEERLINE_DATABASE_PASSWORD"} & set(environment)


@pytest.mark.parametrize("name", ours())
def test_it_is_given_the_time_that_an_end_takes(name: str) -> None:
    service = ours()[name]
    given = SECONDS.fullmatch(service["stop_grace_period"])
    assert given is not None
    drain = float(service["environment"].get("PEERLINE_DRAIN_SECONDS", 0))
    assert int(given[1]) >= drain + GRACE_SECONDS + FINISH_SECONDS + SPARE_SECONDS


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_a_unit_runs_commands_and_settings_that_there_are(unit: Any) -> None:
    """`systemd-analyze verify` says the rest, where there is one."""
    text = unit.read_text()
    group = typer.main.get_command(cli)
    commands = re.findall(r"^Exec(?:Start|StartPre)=-?/opt/peerline/bin/peerline (.+)$", text, re.MULTILINE)
    for line in commands:
        command, *rest = line.split()
        group.commands[command].make_context(command, rest)  # type: ignore[attr-defined]  # as above
    serves = "\nType=oneshot\n" not in text
    # One that serves migrates first.
    assert len(commands) == (2 if serves else 1)
    # A crash leaves no memory behind: it would hold texts, and keys.
    assert "\nLimitCORE=0\n" in text
    names = set(re.findall(r"\bPEERLINE_(\w+?)(?:_FILE)?=", text))
    assert {name.lower() for name in names} <= set(Settings.model_fields)
    if serves:
        stop = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
        assert stop is not None
        assert int(stop[1]) >= GRACE_SECONDS + FINISH_SECONDS + SPARE_SECONDS
        # A migration takes as long as it takes, and where the database is away help is served all the same.
        assert "\nTimeoutStartSec=infinity\n" in text
        assert "\nExecStartPre=-/opt/peerline/bin/peerline migrate\n" in text


def test_the_image_runs_as_nobody_hears_signals_itself_and_starts_the_product() -> None:
    lines = (REPOSITORY / "Dockerfile").read_text().splitlines()
    # In the form of a list: a shell in between would keep the signals.
    assert 'ENTRYPOINT ["peerline"]' in lines
    assert 'CMD ["serve"]' in lines
    assert any(re.fullmatch(r"USER \d+:\d+", line) for line in lines)
    assert not any(line.startswith("ADD ") for line in lines)


def test_the_proxy_keeps_no_address() -> None:
    text = (DEPLOY / "Caddyfile").read_text()
    rules = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert "exclude http.log.error http.log.access" in rules
    assert [rule for rule in rules if re.match(r"log\b", rule)] == ["log default {"]
