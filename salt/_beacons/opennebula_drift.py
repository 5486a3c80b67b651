"""
Drift of an OpenNebula cloud from its pillar
============================================

Tells on the event bus what differs between the cloud and the pillar, as ``opennebula.drift`` finds it, and when nothing
does any more. Nothing is written to OpenNebula.

.. code-block:: yaml

    beacons:
      opennebula_drift:
        - interval: 900
        - emit: change
        - disable_during_state_run: True

emit
    ``change``: an event whenever what differs is another than the last time. ``always``: an event each time that
    anything does. Defaults to ``change``.

user, profile
    As those of ``opennebula.drift``.

An event ``salt/beacon/<minion>/opennebula_drift/drift`` has ``objects`` (how many differ) and ``drift`` (the first
fifty rows); ``…/none`` says that nothing differs any more, and ``…/failure`` has ``error``: what kept the beacon from
comparing.

Rights: USE on what the pillar declares.
"""

#: What was found the last time, and how many rows an event has at most.
_SEEN = "opennebula_drift.seen"
_MOST = 50
_KNOWN = {"interval", "emit", "user", "profile", "disable_during_state_run", "enabled", "beacon_module", "splay"}

__virtualname__ = "opennebula_drift"


def __virtual__():
    return __virtualname__


def _options(config):
    options = {}
    for each in config if isinstance(config, list) else [config]:
        options.update(each)
    return options


def validate(config):
    """
    Tell whether the configuration of the beacon is one.
    """
    if not isinstance(config, (list, dict)) or not all(
        isinstance(each, dict) for each in (config if isinstance(config, list) else [config])
    ):
        return False, "The configuration of opennebula_drift is a list of settings."
    options = _options(config)
    unknown = sorted(set(options) - _KNOWN)
    if unknown:
        return False, f"opennebula_drift knows no setting {unknown[0]}."
    if options.get("emit", "change") not in ("change", "always"):
        return False, "emit of opennebula_drift is change or always."
    return True, "Valid beacon configuration."


def beacon(config):
    """
    Return an event where something differs, or differs no more.
    """
    options = _options(config)
    try:
        found = __salt__["opennebula.drift"](user=options.get("user"), profile=options.get("profile"))
    except Exception as error:  # the minion's loop must continue after any error
        found = {"error": str(error)}
    # What a comparison notes for the exit status is none of the minion's.
    __context__.pop("retcode", None)
    event = _event(found)
    seen, __context__[_SEEN] = __context__.get(_SEEN), event
    if options.get("emit") == "always":
        return [] if event["tag"] == "none" else [event]
    first_and_well = seen is None and event["tag"] == "none"
    return [] if event == seen or first_and_well else [event]


def _event(found):
    """
    What was found, as the event that tells it.
    """
    if "error" in found:
        return {"tag": "failure", "error": found["error"]}
    if found["failures"]:
        return {"tag": "failure", "error": found["failures"][0]["error"], "failures": found["failures"][:_MOST]}
    objects = {(row["user"], row["object"]) for row in found["drift"]}
    if not objects:
        return {"tag": "none"}
    return {"tag": "drift", "objects": len(objects), "drift": found["drift"][:_MOST]}
