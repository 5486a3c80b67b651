"""States with ``parallel: True``, each in its own process: the other states of the run see their objects."""

import pytest

SLS = """
{% set vm = "- template: server\\n    - wait: false" %}
known before:
  onevm.present:
    - name: first
    {{ vm }}
made in a process of its own:
  onevm.present:
    - name: second
    {{ vm }}
    - parallel: true
    - require: [onevm: first]
lan:
  onevnet.present:
    - driver: bridge
    - address_ranges: {lan: {ip: 10.0.0.1, size: 9}}
    - parallel: true
    - require: [onevm: first]
the same again:
  onevm.present:
    - name: second
    - owner: oneadmin
    {{ vm }}
    - require: [onevm: made in a process of its own]
on what it made:
  onevm.present:
    - name: third
    {{ vm }}
    - nics: [{network: lan}]
    - require: [onevnet: lan]
"""


@pytest.fixture
def applied(opennebula, cloud, state_tree):
    """What the states of the file came to, by their IDs; and how often each call was made."""
    cloud.call("one.template.allocate", 'NAME="server" CPU="0.1" MEMORY="64"')
    (state_tree / "together.sls").write_text(SLS)

    def apply():
        before = cloud.counters()
        states = opennebula.modules.state.apply("together").raw
        calls = {method: number - before.get(method, 0) for method, number in cloud.counters().items()}
        return {each["__id__"]: each for each in states.values()}, calls

    return apply


def test_what_a_process_of_its_own_makes_is_known_to_the_others(applied):
    states, calls = applied()
    assert {name: each["result"] for name, each in states.items()} == dict.fromkeys(states, True)
    assert states["the same again"]["changes"] == {}
    assert calls["one.template.instantiate"] == 3
    states, calls = applied()
    assert [each["changes"] for each in states.values()] == [{}] * 5
    assert calls["one.template.instantiate"] == 0


def test_processes_that_make_the_same(opennebula, cloud, state_tree):
    cloud.call("one.template.allocate", 'NAME="server" CPU="0.1" MEMORY="64"')
    one = "{i}:\n  onevm.present:\n    - name: it\n    - template: server\n    - wait: false\n    - parallel: true\n"
    (state_tree / "same.sls").write_text("".join(one.format(i=f"number {number}") for number in range(4)))
    states = opennebula.modules.state.apply("same").raw
    assert [each["result"] for each in states.values()] == [True] * 4, states
    assert cloud.call("one.vmpool.info", -2, -1, -1, -1).count("<VM>") == 1


CHAIN = """
alice:
  oneuser.present:
    - password: secret-of-alice
    - parallel: true
web:
  onetemplate.present:
    - owner: alice
    - cpu: 0.1
    - memory: 64
    - parallel: true
    - require: [oneuser: alice]
lan:
  onevnet.present:
    - owner: alice
    - driver: bridge
    - address_ranges: {lan: {ip: 10.0.0.1, size: 9}}
    - require: [oneuser: alice]
in a process of its own:
  onevm.present:
    - name: first
    - owner: alice
    - template: web
    - template_owner: alice
    - nics: [{network: lan}]
    - wait: false
    - parallel: true
    - require: [onetemplate: web, onevnet: lan]
in that of the run:
  onevm.present:
    - name: second
    - owner: alice
    - template: web
    - template_owner: alice
    - nics: [{network: lan}]
    - wait: false
    - require: [onetemplate: web, onevnet: lan]
"""


def test_a_dry_run_knows_what_other_processes_of_its_run_would_make(opennebula, cloud, state_tree):
    (state_tree / "chain.sls").write_text(CHAIN)
    before = cloud.counters()
    foreseen = opennebula.modules.state.apply("chain", test=True).raw
    assert {each["__id__"]: (each["result"], each["comment"]) for each in foreseen.values()} == {
        "alice": (None, "User alice would be created."),
        "web": (None, "Template web of alice would be created."),
        "lan": (None, "Virtual network lan of alice would be created."),
        "in a process of its own": (None, "VM first of alice would be created."),
        "in that of the run": (None, "VM second of alice would be created."),
    }
    assert sum(cloud.counters().values()) > sum(before.values())
    assert not any(method.endswith(("allocate", "update", "instantiate")) for method in _more(before, cloud))
    done = opennebula.modules.state.apply("chain").raw
    assert [each["result"] for each in done.values()] == [True] * 5, done
    assert {tag: each["changes"] for tag, each in done.items()} == {
        tag: each["changes"] for tag, each in foreseen.items()
    }


def test_what_is_declared_nowhere_does_not_exist_in_a_dry_run(opennebula, cloud, state_tree):
    (state_tree / "chain.sls").write_text(CHAIN.replace("name: first", "name: first\n    - group: nobody"))
    states = opennebula.modules.state.apply("chain", test=True).raw.values()
    assert {each["__id__"]: each["result"] for each in states}["in a process of its own"] is False
    (state_tree / "alone.sls").write_text("x:\n  onevnet.present:\n    - owner: alice\n    - driver: bridge\n")
    (state,) = opennebula.modules.state.apply("alone", test=True).raw.values()
    assert (state["result"], "alice" in state["comment"]) == (False, True)


def _more(before, cloud):
    """The calls that were made since."""
    return {method for method, number in cloud.counters().items() if number != before.get(method, 0)}
