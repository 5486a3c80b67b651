"""The whole state of a cloud and the lock that guards it."""

import threading
from contextlib import contextmanager

from onesim.cloud.clock import Clock, happen
from onesim.cloud.faults import Faults
from onesim.cloud.store import Journal
from onesim.cloud.things import Pool
from onesim.rights.acl_rules import AclRules
from onesim.rights.quotas import DefaultQuotas


class Cloud:
    """Pools by kind name, ACL rules, default quotas, the clock, and observers."""

    def __init__(self, kinds, pace=0.0, haste=1.0):
        self.lock = threading.RLock()
        self.kinds = {kind.name: kind for kind in kinds}
        self.pools = {kind.name: Pool(self, kind) for kind in kinds}
        self.journal = Journal()
        self.acl = AclRules(self)
        self.settings = {
            "vlans": set(),
            "default_quotas": {name: DefaultQuotas(f"DEFAULT_{name}_QUOTAS") for name in ("USER", "GROUP")},
        }
        self.clock = Clock(self, pace, haste)
        self.faults = Faults()
        self.events = None
        #: ONEGATE_ENDPOINT of oned.conf: where guests report that they are ready; empty without OneGate.
        self.onegate = ""
        self._at_once = []
        self._depth = 0

    @property
    def default_quotas(self):
        """The limits of users and groups without limits of their own, by kind name: USER, GROUP."""
        return self.settings["default_quotas"]

    def pool(self, kind_name):
        return self.pools[kind_name]

    def get(self, kind_name, oid):
        """The object of a kind and number; raises NoExistsError."""
        return self.pools[kind_name].get(oid)

    @property
    def is_disabled(self):
        """Whether this zone only answers read calls."""
        zone = self.find("ZONE", 0)
        return zone is not None and zone.state != 0

    def find(self, kind_name, oid):
        return self.pools[kind_name].find(oid)

    def restore(self, store):
        """Restores the content of a store, and stores every change from now on."""
        for name, pool in self.pools.items():
            for _, thing in store.entries(name):
                pool.load(thing)
        for _, rule in store.entries("ACL"):
            self.acl.load(rule)
        for name, last_oid in store.entries("last number"):
            (self.acl if name == "ACL" else self.pools[name]).last_oid = last_oid
        for name, value in store.entries("setting"):
            self.settings[name] = value
        self.journal = store
        for number, transition in list(store.entries("pending")):
            store.remove("pending", number)
            self.clock.resume(*transition)
        store.commit()

    def update(self, thing):
        """To be called after every change of an object."""
        if thing.states != thing.noted_states:
            if self.events:
                self.events.state(thing)
            thing.noted_states = thing.states
        self.pools[thing.type_name].update(thing)

    def drop(self, thing):
        self.pools[thing.type_name].drop(thing)

    def keep(self, setting):
        """To be called after every change of one of the `settings`."""
        self.journal.put("setting", setting, self.settings[setting])

    def soon(self, name, *arguments):
        """Runs a transition right after the call, before the next one."""
        self._at_once.append((name, arguments))

    @contextmanager
    def transaction(self):
        """Holds the cloud's lock; changes are stored even if the call is refused in the end. Transactions can be
        nested.

        One within another is part of it.
        """
        with self.lock:
            self._depth += 1
            try:
                yield self
                while self._at_once:
                    name, arguments = self._at_once.pop(0)
                    happen(self, name, arguments)
            finally:
                self._at_once.clear()
                self._depth -= 1
                if not self._depth:
                    self.journal.commit()
