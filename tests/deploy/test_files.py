"""What can be told of the deployment without an engine: its files are well formed, and name what is there."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from tests.conftest import RunningServer
from tests.deploy.engine import ROOT
from verifier.settings import ENV_PREFIX, Settings

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DASHBOARD: dict[str, Any] = json.loads(
    (ROOT / "deploy/grafana/dashboards/r1-verifier.json").read_text(encoding="utf-8")
)
SCRIPTS = ("deploy/base", "deploy/build", "deploy/balancer", ".ci/engine")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_no_service_gets_more_than_it_needs(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not set(service) & {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode"}
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))
    assert service["mem_limit"]
    assert all(":127.0.0.1:" in f":{port.partition(':-')[2]}" for port in service.get("ports", []))


def test_what_compose_passes_on_are_settings() -> None:
    named = {key for key in COMPOSE["services"]["verifier"]["environment"] if key.startswith(ENV_PREFIX)}
    assert named and named <= {ENV_PREFIX + key.upper() for key in Settings.model_fields}


def test_files_that_compose_mounts_are_there() -> None:
    mounts = [volume for service in COMPOSE["services"].values() for volume in service.get("volumes", [])]
    sources = [mount.split(":")[0] for mount in mounts]
    assert all((ROOT / source).exists() for source in sources if source.startswith("."))


def test_the_dashboard_asks_for_metrics_that_there_are(server: RunningServer) -> None:
    import httpx

    exposed = httpx.get(f"{server.url}/metrics").text
    families = set(re.findall(r"^# TYPE (\w+) ", exposed, re.MULTILINE))
    asked = {
        name
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bverifier_\w+", target["expr"])
    }
    assert asked
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} <= families
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_prometheus_and_grafana_name_each_other() -> None:
    scraped = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"][0]
    assert scraped["dns_sd_configs"][0]["names"][0] in COMPOSE["services"]
    source = yaml.safe_load(
        (ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8")
    )
    (found,) = source["datasources"]
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {found["uid"]}
    assert found["url"].split("/")[2].split(":")[0] in COMPOSE["services"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_can_be_parsed_and_run(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    shell = path.read_text(encoding="utf-8").partition("\n")[0].rpartition("/")[2].removeprefix("env ")
    done = subprocess.run([shutil.which(shell) or shell, "-n", str(path)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_dashboards_lie_where_they_are_looked_for() -> None:
    provider = yaml.safe_load(
        (ROOT / "deploy/grafana/provisioning/dashboards/dashboards.yml").read_text(encoding="utf-8")
    )
    looked_for = provider["providers"][0]["options"]["path"]
    mounts = [volume.split(":") for volume in COMPOSE["services"]["grafana"]["volumes"]]
    (source,) = [mount[0] for mount in mounts if mount[1] == looked_for]
    assert list((ROOT / source).glob("*.json"))
