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


def test_a_zone_that_is_disabled_changes_nothing(one):
    one.run("onezone.disable", 0)
    assert one.run("onezone.list")[0]["state"] == "DISABLED"
    assert "zone disabled" in one.refusal("onezone.rename", 0, "here")
    one.run("onezone.enable", 0)
    assert one.run("onezone.list")[0]["state"] == "ENABLED"


def test_its_servers(one):
    one.run("onezone.server_add", 0, "s", "http://127.0.0.1:1/RPC2")
    server = one.show("onezone", 0)["SERVER_POOL"]["SERVER"]
    assert server == {"ENDPOINT": "http://127.0.0.1:1/RPC2", "ID": "0", "NAME": "s"}
    one.run("onezone.server_reset", 0, 0)
    one.run("onezone.server_del", 0, 0)
    assert "SERVER not found in zone" in one.refusal("onezone.server_del", 0, 0)
