"""Pictures of a cloud through Salt: topologies and the map of VLANs, returned or written to a file."""

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
    assert "eth1,3003,pictured,oneadmin," in one.run("opennebula.vlans", format="csv")


def test_what_cannot_be_pictured(one, tmp_path):
    assert "owns no network" in one.refusal("opennebula.topology", user="nobody")
    assert "no network of group nobodies" in one.refusal("opennebula.topology", group="nobodies")
    assert "format: " in one.refusal("opennebula.vlans", format="pdf").lower()
    assert "cannot be written" in one.refusal("opennebula.vlans", format="csv", path=str(tmp_path / "none" / "a.csv"))
