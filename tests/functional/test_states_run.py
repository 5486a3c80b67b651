"""Whole SLS files through Salt's own compiler: requisites, a misspelled argument, a failing state among others."""

import pytest

SLS = """
staff:
  onegroup.present:
    - quota: {vms: 100}

alice:
  oneuser.present:
    - password: alice-pw
    - group: staff
    - require: [{onegroup: staff}]

{% for name, vlan in {"dmz1": 108, "academie": 100}.items() %}
{{ name }} of alice:
  onevnet.present:
    - name: {{ name }}
    - owner: alice
    - driver: 802.1Q
    - phydev: eth1
    - vlan_id: {{ vlan }}
    - address_ranges:
        pool: {ip: 10.1.{{ vlan }}.50, size: 150}
    - retry: {attempts: 2, interval: 0}
    - require: [{oneuser: alice}]
{% endfor %}

data:
  oneimage.present:
    - {datastore: default, type: DATABLOCK, size: 64}

gateway:
  onetemplate.present:
    - memory: 512M
    - nics: [{network: academie}, {network: dmz1}]
"""

FAULTY = """
misspelled:
  onevnet.present:
    - {driver: dummy, bridge: b, vlanid: 5}

broken:
  onevnet.present:
    - {driver: dummy, bridge: b, group: nobodies}

fine:
  onevnet.present:
    - {driver: dummy, bridge: b}

dependent:
  onevnet.present:
    - {driver: dummy, bridge: b}
    - require: [{onevnet: broken}]
"""


@pytest.fixture
def apply(opennebula, state_tree):
    """Apply an SLS: {ID: result}."""

    def run(sls, test=False):
        (state_tree / "tried.sls").write_text(sls)
        returned = opennebula.modules.state.apply("tried", test=test)
        return {each.id: each for each in returned}

    return run


def test_a_whole_sls_converges_and_stays(apply, cloud):
    dry = apply(SLS, test=True)
    assert {name: each.result for name, each in dry.items()} == dict.fromkeys(dry, None)
    assert "one.user.allocate" not in cloud.counters()
    first = apply(SLS)
    assert {name: each.result for name, each in first.items()} == dict.fromkeys(first, True)
    assert {name: each.changes for name, each in first.items()} == {name: each.changes for name, each in dry.items()}
    cloud.reset_counters()
    second = apply(SLS)
    assert all(each.result is True and not each.changes for each in second.values())
    counted = {method: number for method, number in cloud.counters().items() if method.startswith("one.")}
    assert all(method.endswith(".info") for method in counted), counted
    assert set(counted.values()) == {1}, "a pool was read twice in one run"


def test_a_misspelled_argument_fails_its_state_and_no_other(apply):
    results = apply(FAULTY)
    assert {name: each.result for name, each in results.items()} == {
        "misspelled": False,
        "broken": False,
        "fine": True,
        "dependent": False,
    }
    assert "did you mean 'vlan_id'?" in results["misspelled"].comment
    assert "group nobodies does not exist" in results["broken"].comment


def test_what_keeps_an_object_from_being_removed_is_named_also_if_it_came_in_the_same_run(apply):
    results = apply(
        """
lan:
  onevnet.present:
    - {driver: fw, address_ranges: {a: {ip: 10.0.0.10, size: 6}}}
server:
  onetemplate.present:
    - {cpu: 0.1, memory: 64}
web:
  onevm.present:
    - {template: server, nics: [{network: lan}]}
no lan:
  onevnet.absent:
    - {name: lan}
"""
    )
    assert results["no lan"].comment == (
        "Virtual network lan of oneadmin (ID 0) is in use: 1 lease (VM 0 web of oneadmin). "
        "Terminate the VMs or release the leases first."
    )
