"""States with ``parallel: True``, each in a process of its own: what they make, the others of their run know."""

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
