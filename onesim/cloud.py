"""The whole state of a cloud and the lock that guards it."""

import threading
from contextlib import contextmanager

from onesim.acl_rules import AclRules
from onesim.clock import Clock, happen
from onesim.faults import Faults
from onesim.quotas import DefaultQuotas
from onesim.things import Pool


class Journal:
    """Where changes are written down. This one forgets; onesim.store has the one that keeps."""

    def save(self, kind_name, thing):
        """Notes that the object is new or has changed."""

    def forget(self, kind_name, oid):
        """Notes that the object is gone."""

    def counter(self, kind_name, last_oid):
        """Notes the last number given in a pool."""

    def setting(self, name, value):
        """Notes something of the cloud as a whole."""

    def commit(self):
        """Makes what was noted last, as one."""


class Cloud:
    """Pools by kind name, ACL rules, default quotas, the clock, and what watches them."""

    def __init__(self, kinds, pace=0.0):
        self.lock = threading.RLock()
        self.kinds = {kind.name: kind for kind in kinds}
        self.pools = {kind.name: Pool(self, kind) for kind in kinds}
        self.journal = Journal()
        self.acl = AclRules(self)
        self.default_quotas = {name: DefaultQuotas(f"DEFAULT_{name}_QUOTAS") for name in ("USER", "GROUP")}
        self.vlans = set()
        self.clock = Clock(self, pace)
        self.faults = Faults()
        self.events = None
        self._at_once = []

    def pool(self, kind_name):
        return self.pools[kind_name]

    def get(self, kind_name, oid):
        """The object of a kind and number; raises NoExistsError."""
        return self.pools[kind_name].get(oid)

    def find(self, kind_name, oid):
        return self.pools[kind_name].find(oid)

    def update(self, thing):
        """To be called after every change of an object."""
        if self.events:
            self.events.state(thing)
        self.pools[thing.type_name].update(thing)

    def drop(self, thing):
        self.pools[thing.type_name].drop(thing)

    def take_vlan(self, vlan):
        """Marks a VLAN as drawn."""
        self.vlans.add(vlan)
        self.journal.setting("vlans", self.vlans)

    def free_vlan(self, vlan):
        self.vlans.discard(vlan)
        self.journal.setting("vlans", self.vlans)

    def set_default_quotas(self, kind_name, quotas):
        """Puts new limits for all users or groups in place."""
        self.default_quotas[kind_name] = quotas
        self.journal.setting(f"default_quotas_{kind_name}", quotas)

    def soon(self, name, *arguments):
        """Has a transition happen that waits for nobody: right after the call, before the next one."""
        self._at_once.append((name, arguments))

    @contextmanager
    def transaction(self):
        """Holds the cloud's lock; what changed is written down, whether or not the call was refused in the end."""
        with self.lock:
            try:
                yield self
                while self._at_once:
                    name, arguments = self._at_once.pop(0)
                    happen(self, name, arguments)
            finally:
                self._at_once.clear()
                self.journal.commit()
