import socket
from pathlib import Path

import pytest
from sqlalchemy import make_url

from popcon import errors
from popcon.stack import Folder, broker, ports, programs
from popcon.stack.programs import Addresses, Program, Tier
from popcon.stack.stack import Plan


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "a #1? folder%20")
    made.make()
    return made


@pytest.fixture
def addresses() -> Addresses:
    return programs.choose_addresses(None)


@pytest.fixture
def planned(folder: Folder, addresses: Addresses) -> dict[str, Program]:
    made = programs.plan(folder, addresses, {"POPCON_LEASE_S": "2", "OMP_NUM_THREADS": "3"})
    return {program.name: program for program in made}


def test_ports_are_free_and_differ_and_lie_below_those_of_outgoing_connections() -> None:
    chosen = ports.services(15)
    assert len(set(chosen)) == 15
    assert all(10_000 <= port < 32_768 for port in chosen)
    assert all(ports.is_free(port) for port in chosen)


def test_the_gateway_takes_the_next_port_when_its_own_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "GATEWAY", port)
        assert ports.gateway(None) > port
        with pytest.raises(errors.InvalidRequest, match=f"Port {port} "):
            ports.gateway(port)


@pytest.mark.parametrize("port", [-1, 0, 65_536, 1_000_000])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(errors.InvalidRequest, match="leave --port out"):
        ports.gateway(port)


def test_every_service_is_planned_and_everybody_knows_where_the_others_are(
    planned: dict[str, Program], addresses: Addresses
) -> None:
    assert set(planned) == {"nats", *programs.SERVICES}
    assert set(programs.SERVICES) == {"orchestrator", *programs.WORKERS, "webhooks", "gateway"}
    for name in programs.WORKERS:
        assert planned[name].env["POPCON_ORCHESTRATOR"] == addresses.grpc["orchestrator"]
        assert planned[name].env["POPCON_GRPC_LISTEN"] == addresses.grpc[name]
        assert planned["gateway"].env[f"POPCON_{name.upper()}"] == addresses.grpc[name]
    assert planned["webhooks"].env["POPCON_ORCHESTRATOR"] == addresses.grpc["orchestrator"]
    assert planned["gateway"].env["POPCON_LISTEN"] == addresses.gateway
    assert planned["gateway"].env["POPCON_ORCHESTRATOR"] == addresses.grpc["orchestrator"]
    assert all(program.env["POPCON_NATS_URL"] == f"nats://{addresses.nats}" for program in services(planned))


def test_only_the_orchestrator_is_told_of_the_database(planned: dict[str, Program], folder: Folder) -> None:
    told = [name for name, program in planned.items() if "POPCON_DATABASE_URL" in program.defaults]
    assert told == ["orchestrator"]
    assert make_url(planned["orchestrator"].defaults["POPCON_DATABASE_URL"]).database == str(folder.database)


def test_artifacts_are_in_the_folder_unless_the_users_environment_names_a_store(
    planned: dict[str, Program], folder: Folder
) -> None:
    assert {program.defaults["POPCON_STORE_URL"] for program in services(planned)} == {folder.artifacts.as_uri()}
    assert not any("POPCON_STORE_URL" in program.env for program in services(planned))


def test_given_variables_win_over_the_stacks(planned: dict[str, Program]) -> None:
    assert all(program.env["POPCON_LEASE_S"] == "2" for program in services(planned))
    assert all(program.env["OMP_NUM_THREADS"] == "3" for program in services(planned))


@pytest.mark.parametrize("plan", [programs.plan, programs.plan_noop])
def test_a_nats_that_is_there_already_is_used_and_none_is_started(
    plan: Plan, folder: Folder, addresses: Addresses
) -> None:
    url = "nats://one:4222,nats://two:4222"
    planned = plan(folder, addresses, {"POPCON_NATS_URL": url})
    assert "nats" not in {program.name for program in planned}
    assert {program.env["POPCON_NATS_URL"] for program in planned} == {url}


def test_the_edge_stops_first_and_the_broker_last(planned: dict[str, Program]) -> None:
    tiers = {name: program.tier for name, program in planned.items()}
    assert (
        tiers["gateway"]
        > tiers["motion"]
        == tiers["packaging"]
        == tiers["webhooks"]
        > tiers["orchestrator"]
        > tiers["nats"]
    )
    assert planned["motion"].tier is Tier.WORKERS


def test_the_process_is_given_longer_than_the_service_takes(planned: dict[str, Program]) -> None:
    assert all(float(program.env["POPCON_GRACE_S"]) <= program.grace_s for program in services(planned))


def test_the_nats_server_of_the_package_is_found() -> None:
    assert broker.binary().stat().st_mode & 0o100


def test_the_broker_keeps_its_store_in_the_folder_whatever_it_is_called(folder: Folder) -> None:
    config = broker.write_config(folder.nats, "127.0.0.1", 1, 2).read_text()
    assert f'store_dir: "{folder.nats}"' in config
    assert "sync_interval: always" in config


def services(planned: dict[str, Program]) -> list[Program]:
    return [program for name, program in planned.items() if name != "nats"]
