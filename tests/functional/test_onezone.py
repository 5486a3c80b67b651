"""Zones through Salt: the commands of ``onezone``."""

pytest_plugins = ["tests.functional.driver"]


def test_the_commands(one):
    assert one.run("onezone.list") == [{"id": 0, "name": "OpenNebula", "state": "ENABLED", "managed": None}]
    one.run("onezone.update", "OpenNebula", {"NOTE": "x"})
    assert one.show("onezone", 0)["TEMPLATE"]["NOTE"] == "x"
    one.run("onezone.rename", "OpenNebula", "here")
    assert one.run("onezone.list")[0]["name"] == "here"
    one.run("onezone.rename", "here", "OpenNebula")
    assert "federation master" in one.refusal("onezone.create", "lyon", {"ENDPOINT": "http://127.0.0.1:1/RPC2"})
    assert "cannot be deleted" in one.refusal("onezone.delete", "OpenNebula")


def test_what_the_embedded_opennebula_has_not(one):
    for verb, call in (("enable", "enable"), ("disable", "enable")):
        assert f"zone.{call}" in one.refusal(f"onezone.{verb}", 0)
    assert "zone.addserver" in one.refusal("onezone.server_add", 0, "s", "http://127.0.0.1:1/RPC2")
    assert "zone.delserver" in one.refusal("onezone.server_del", 0, 1)
    assert "zone.resetserver" in one.refusal("onezone.server_reset", 0, 1)
