"""Pictures of a cloud through Salt: topologies and the map of VLANs, returned or written to a file."""

import inspect
import json
import re

import yaml
from lxml import etree

pytest_plugins = ["tests.functional.driver"]

NETWORK = {"driver": "802.1Q", "phydev": "eth1", "address_ranges": {"pool": {"ip": "10.9.0.50", "size": 5}}}


def test_a_topology_and_the_map_of_vlans(one, tmp_path):
    one.converge("onevnet.present", name="pictured", vlan_id=3003, **NETWORK)
    file = tmp_path / "all.svg"
    assert one.run("opennebula.topology", path=str(file)) == str(file)
    assert "pictured" in "".join(etree.parse(file).getroot().itertext())
    assert [each.name for each in tmp_path.iterdir()] == ["all.svg"]
    assert 'label="pictured\\nVLAN 3003' in one.run("opennebula.topology", user="oneadmin", format="dot")
    rows = one.run("opennebula.vlans")["used"]
    assert [row["vlan"] for row in rows if row["network"] == "pictured"] == [3003]
    assert "eth1,3003,3003,pictured,oneadmin," in one.run("opennebula.vlans", format="csv")


def test_what_cannot_be_pictured(one, tmp_path):
    assert "owns no network" in one.refusal("opennebula.topology", user="nobody")
    assert "put it in quotes" in one.refusal("opennebula.topology", user=42)
    assert "no network of group nobodies" in one.refusal("opennebula.topology", group="nobodies")
    assert "format: " in one.refusal("opennebula.vlans", format="pdf").lower()
    assert "cannot be written" in one.refusal("opennebula.vlans", format="csv", path=str(tmp_path / "none" / "a.csv"))


PILLAR = {
    "blueprints": {
        "school": {
            "vlans": {"first": 3100, "last": 3200, "phydev": "eth1"},
            "networks": {"dmz1": {"vlan": 8, "cidr": "10.1.3.0/24", "first": "10.1.3.50", "size": 5}},
            "labs": {"etb1": {"scribe": {"template": "none yet"}}},
        }
    },
    "users": {"zelda": {"blueprint": "school", "vlan_base": 3100, "password": "</script>Zelda's-own"}},
}


def book(path):
    """What a page holds: its sheets by title, each row by the titles of its columns."""
    (held,) = re.findall(r'<script type="application/json" id="book">(.*?)</script>', path.read_text("utf-8"))
    return {
        sheet["title"]: [
            dict(zip((each["title"] for each in sheet["columns"]), row, strict=True)) for row in sheet["rows"]
        ]
        for sheet in json.loads(held)["sheets"]
    }


def test_a_page_of_everything(drive, module_cloud, connection, tmp_path):
    one = drive({"connection": connection(module_cloud), **PILLAR}, module_cloud)
    one.converge("onevnet.present", name="paged", vlan_id=3004, **NETWORK)
    assert one.run("onevnet.hold", "paged", "10.9.0.52") is True
    file = tmp_path / "page.html"
    before = one.writes()
    assert one.run("opennebula.page", str(file)) == str(file)
    assert one.writes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]
    sheets = book(file)
    states = {row["User"]: row["State"] for row in sheets["Users"]}
    assert (states["zelda"], states["oneadmin"]) == ("missing", "not declared")
    assert [row["VLAN"] for row in sheets["Networks"] if row["Network"] == "paged"] == [3004]
    assert [(row["Address"], row["Use"]) for row in sheets["Leases"] if row["Network"] == "paged"] == [
        ("10.9.0.52", "held")
    ]
    assert [(row["User"], row["VM"], row["Ready"]) for row in sheets["Labs"]] == [("zelda", "scribe", "not built")]
    assert ("virtual network dmz1 of zelda", "missing", "zelda") in [
        (row["Object"], row["Drift"], row["User"]) for row in sheets["Drift"]
    ]
    assert ("3100-3200", "free") in [(row["VLAN"], row["Use"]) for row in sheets["VLANs"]]


def test_a_page_shows_the_findings_of_the_audit(one, tmp_path):
    one.converge("oneuser.present", name="zora", password="Zora's-own")
    for owner in ("oneadmin", "zora"):
        one.converge("onevnet.present", name="twin", vlan_id=3006, owner=owner, **NETWORK)
    file = tmp_path / "page.html"
    one.run("opennebula.page", str(file))
    findings = [(each["object"], each["severity"], each["cure"]) for each in one.run("opennebula.audit")["findings"]]
    assert "virtual network twin of zora" in [each[0] for each in findings]
    assert [(row["Object"], row["Severity"], row["Cure"]) for row in book(file)["Audit"]] == findings


def test_a_page_for_an_account_that_sees_its_own_objects(drive, module_cloud, connection, tmp_path):
    one = drive({"connection": connection(module_cloud)}, module_cloud)
    one.converge("oneuser.present", name="zita", password="Zita's-own")
    hers = drive({"connection": connection(module_cloud, username="zita", password="Zita's-own")}, module_cloud)
    file = tmp_path / "page.html"
    assert hers.run("opennebula.page", str(file)) == str(file)
    assert book(file)["Audit"] == []
    assert "Not authorized to perform MANAGE ACL" in file.read_text("utf-8")


def test_a_page_holds_no_secret(drive, module_cloud, connection, tmp_path):
    """Nor is it broken by one that is a word of its own script."""
    config = {"connection": connection(module_cloud), **PILLAR, "secrets": ["PIN"]}
    config["blueprints"]["school"]["gateway"] = {"template": "gw", "context": {"PIN": "querySelector"}}
    one = drive(config, module_cloud)
    one.converge("onevnet.present", name="querySelector of zelda", vlan_id=3005, **NETWORK)
    file = tmp_path / "page.html"
    one.run("opennebula.page", str(file), title="querySelector")
    text = file.read_text("utf-8")
    assert "<title>********</title>" in text
    assert "querySelectorAll" in text
    assert "******** of zelda" in [row["Network"] for row in book(file)["Networks"]]
    assert "Zelda's-own" not in text
    assert "opennebula" not in [value for rows in book(file).values() for row in rows for value in row.values()]


def test_a_page_of_a_pillar_with_faults(drive, module_cloud, connection, tmp_path):
    faulty = {**PILLAR, "users": {"zelda": {"blueprint": "skool", "vlan_base": 3100}}}
    one = drive({"connection": connection(module_cloud), **faulty}, module_cloud)
    file = tmp_path / "page.html"
    one.run("opennebula.page", str(file))
    assert "The pillar has errors" in file.read_text("utf-8")
    assert "skool" in file.read_text("utf-8")
    assert book(file)["Labs"] == book(file)["Drift"] == []
    assert "zelda" in [row["User"] for row in book(file)["Users"]]


def test_what_cannot_be_a_page(one, tmp_path):
    assert "cannot be written" in one.refusal("opennebula.page", str(tmp_path / "none" / "page.html"))
    assert one.refusal("opennebula.page", 5) == "Path: must be a text, not 5."


def recipes(repository):
    """The YAML that docs/page.md shows."""
    text = (repository / "docs" / "page.md").read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def test_the_page_after_a_highstate(opennebula, repository, state_tree, tmp_path):
    (_, states) = recipes(repository)
    file = tmp_path / "page.html"
    states["page of the cloud"]["module.run"][0]["opennebula.page"] = [{"path": str(file)}]
    (state_tree / "paged.sls").write_text(f"#!json\n{json.dumps(states)}\n")
    returned = opennebula.modules.state.apply("paged")
    assert [state["result"] for state in returned.raw.values()] == [True]
    assert "Networks" in book(file)


def test_the_page_by_a_schedule(repository, session_loaders):
    (schedule, _) = recipes(repository)
    ((_, job),) = schedule["schedule"].items()
    assert job["function"] in session_loaders.modules
    inspect.signature(session_loaders.modules[job["function"]]).bind(*job["args"])
