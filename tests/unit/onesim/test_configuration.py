"""The daemon's configuration: as OpenNebula 7.4.0 returns it, with the drivers that it adds to oned.conf itself."""

import pytest

from .cloud import Cloud, refusal


def sections(sim, section):
    """Each vector of a section by its name."""
    found = sim.xml("one.system.config").iterfind(section)
    vectors = [{each.tag: each.text or "" for each in vector} for vector in found]
    return {vector["NAME"]: vector for vector in vectors}


@pytest.fixture
def sim():
    return Cloud()


def test_drivers_of_datastores_that_are_in_no_file_are_defined(sim):
    assert {"shared", "ssh", "vmfs"} <= sections(sim, "DS_MAD_CONF").keys()
    text = 'NAME="{0}"\nTM_MAD="shared"\nDISK_TYPE="FILE"\nDS_MAD="{0}"'
    sim.call("one.datastore.allocate", text.format("shared"), -1)
    said = refusal(sim, "one.datastore.allocate", text.format("vmfs"), -1)
    assert 'missing the "BRIDGE_LIST" attribute' in said


def test_only_drivers_without_passwords_say_so(sim):
    drivers = sections(sim, "AUTH_MAD_CONF")
    assert [name for name, each in drivers.items() if "PASSWORD_REQUIRED" in each] == ["ldap", "saml"]
    assert {each["DRIVER_MANAGED_GROUP_ADMIN"] for each in drivers.values()} == {"YES", "NO"}
    assert drivers["core"]["DRIVER_MANAGED_GROUP_ADMIN"] == "NO"
