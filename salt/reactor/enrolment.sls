#!py
"""
What a master does when a minion shows a ticket: it has the runner onegateway look at it. For the event `salt/auth`;
docs/enrolment.md tells what else the master's configuration needs.

Anybody who reaches the master can cause this event and choose what is in it: it is handed on as data and nowhere made
part of a text.
"""


def run():
    claim = (data.get("autosign_grains") or {}).get("opennebula_enrolment")
    shown = {"minion_id": data.get("id"), "public_key": data.get("pub"), "claim": claim}
    if data.get("act") not in ("pend", "denied") or not all(isinstance(each, str) for each in shown.values()):
        return {}
    return {
        "enrolment": {
            "runner.onegateway.admit": [{"args": [{name: value} for name, value in shown.items()]}],
        },
    }
