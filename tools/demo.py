"""Demonstrate the main job: the infrastructures of 21 users from one pillar, twice, then a pillar edit.

Runs real Salt, masterless, against an embedded OpenNebula that it starts itself. Exits non-zero if a result is
unexpected.
"""

from __future__ import annotations

from typing import Any

from masterless import Minion, Witness, calls_between, must, say, show, workshop, writes

NEWCOMER = """\
# The one file that adds a user.
opennebula:
  users:
    zelda:
      blueprint: eole
      vlan_base: 3900
      gateway:
        uplink_ip: 192.168.230.200
"""
CUT_NETWORK = "dmz2priv"
CUT = """
# Added by the demonstration: one network less, and leave to remove it.
opennebula:
  users:
    {user}:
      prune: true
      networks:
        {network}: null
"""


def main() -> None:
    with workshop() as (minion, witness):
        say("1. A highstate over the example pillar", "salt-call --local state.apply")
        states, took = minion.call("state.apply")
        tell(states, took)
        show_table(minion)

        say("2. The same highstate again", "salt-call --local state.apply")
        again, spent, took_again = counted(minion, witness)
        tell(again, took_again)
        must(not changed(again), "the second run changed something")
        must(not writes(spent), f"the second run wrote: {spent}")

        user = edit_pillar(minion)
        say(
            f"3. In pillar: a new user, zelda, and no more {CUT_NETWORK} for {user} (prune: true)",
            "salt-call --local state.apply test=True",
        )
        planned, took = minion.call("state.apply", "test=True")
        tell(planned, took)
        show_changes(planned)
        expect_only(planned, user)

        say("4. Apply it", "salt-call --local state.apply")
        done, took = minion.call("state.apply")
        tell(done, took)
        must(changed(done) == changed(planned), "the run did not change what test=True had told")
        show_table(minion)
        finish(witness, again, spent, took_again)


def finish(witness: Witness, again: dict[str, Any], spent: dict[str, int], took: float) -> None:
    """The last line, computed from the data of the cloud."""
    networks, gateways = witness.networks(), witness.gateways()
    users = {owner for owner, _, _ in networks}
    vlans = [vlan for _, _, vlan in networks]
    must(len(vlans) == len(set(vlans)), "two networks share a VLAN")
    must(sorted(gateways) == sorted(users), "not every user has one running gateway")
    must((len(users), len(networks)) == (22, 549), f"{len(users)} users and {len(networks)} networks")
    print(
        f"\ndemo: {len(users)} users, {len(networks)} networks, {len(gateways)} gateways; second run: "
        f"{len(changed(again))} changes, {writes(spent)} writes, {sum(spent.values())} calls, {took:.1f} s"
    )


def counted(minion: Minion, witness: Witness) -> tuple[dict[str, Any], dict[str, int], float]:
    """A highstate, its calls by method, and its duration."""
    before = witness.counters()
    states, took = minion.call("state.apply")
    return states, calls_between(before, witness.counters()), took


def edit_pillar(minion: Minion) -> str:
    """Add a user's file and take one network from another user; returns that user."""
    folder = minion.pillar / "opennebula" / "users"
    file = sorted(folder.glob("*.sls"))[0]
    (folder / "zelda.sls").write_text(NEWCOMER)
    (folder / "zz-cut.sls").write_text(CUT.format(user=file.stem, network=CUT_NETWORK))
    return file.stem


def changed(states: dict[str, Any]) -> dict[str, Any]:
    """The changes of single objects, by state."""
    return {tag: state["changes"] for tag, state in states.items() if state["changes"] and is_object(tag)}


def is_object(tag: str) -> bool:
    """Whether a state's tag is that of a single object, not of a whole infrastructure."""
    return not tag.startswith("opennebula_|-")


def expect_only(planned: dict[str, Any], user: str) -> None:
    """The plan must contain exactly the changes of the edit."""
    changes = changed(planned)
    removals = [tag for tag in changes if tag.endswith("_|-absent")]
    created = [tag for tag in changes if tag not in removals]
    must(len(created) == 27 and all("zelda" in tag for tag in created), f"unexpected plan: {created}")
    must(len(removals) == 1 and user in removals[0] and CUT_NETWORK in removals[0], f"unexpected plan: {removals}")


def show_changes(states: dict[str, Any]) -> None:
    for tag, state in states.items():
        if is_object(tag) and state["changes"]:
            print(f"   {state['comment']}")


def show_table(minion: Minion) -> None:
    rows, _ = minion.call("opennebula.status")
    titles = {
        "user": "USER",
        "networks": "NETWORKS",
        "vlans": "VLANS",
        "gateway": "GATEWAY",
        "uplink": "UPLINK",
        "state": "STATE",
    }
    table = [titles, *rows]
    widths = {key: max(len(str(row[key])) for row in table) for key in titles}
    print()
    for row in table:
        print("   " + "  ".join(f"{row[key]!s:{widths[key]}}" for key in titles).rstrip())


def tell(states: dict[str, Any], took: float) -> None:
    objects = [state for tag, state in states.items() if is_object(tag)]
    differing = sum(1 for state in objects if state["changes"])
    print(f"   {len(objects)} objects, {differing} with changes, {took:.1f} s")


if __name__ == "__main__":
    show(main)
