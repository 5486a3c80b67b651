"""Snapshots of one disk, for images and for disks of VMs."""

import time

from onesim.errors import ActionError
from onesim.text.templates import cdata, vector_xml
from onesim.text.values import integer

ALLOW, DENY, MIXED, FORMAT, LINEAR = "YES", "NO", "MIXED", "FORMAT", "LINEAR"
NONE = -1


class Snapshots:
    """`orphans` is whether a snapshot may outlive its parent, depending on the storage.

    `facts` are the attributes of the whole, `entries` the snapshots as vectors by number, `active` the active one.
    """

    def __init__(self, orphans=DENY, disk_id=None):
        self.orphans = orphans
        self.facts = {"ALLOW_ORPHANS": orphans, "NEXT_SNAPSHOT": "0", "CURRENT_BASE": str(NONE)}
        if disk_id is not None:
            self.facts["DISK_ID"] = str(disk_id)
        self.entries = {}
        self.active = NONE

    def copy(self, disk_id=None):
        """The same snapshots for the disk of a VM, or (without disk_id) for an image."""
        twin = Snapshots(self.orphans, disk_id)
        twin.facts = {**self.facts, **({"DISK_ID": str(disk_id)} if disk_id is not None else {})}
        if disk_id is None:
            twin.facts.pop("DISK_ID", None)
        twin.entries = {oid: dict(vector) for oid, vector in self.entries.items()}
        twin.active = self.active
        return twin

    def clear(self):
        """Removes everything, including the facts."""
        self.facts, self.entries, self.active = {}, {}, NONE

    def __len__(self):
        return len(self.entries)

    def __contains__(self, oid):
        return oid in self.entries

    @property
    def total_size(self):
        """The total size, in MB."""
        return sum(self.size(oid) for oid in self.entries)

    def size(self, oid):
        """The size of one snapshot, in MB; 0 if it does not exist."""
        return integer(self.entries.get(oid, {}).get("SIZE"), 64) or 0

    def younger(self, oid):
        return sorted(other for other in self.entries if other > oid)

    # --- changes

    def create(self, name, size):
        """A new snapshot; returns its number."""
        oid = integer(self.facts.get("NEXT_SNAPSHOT")) or 0
        parent = {DENY: self.active, MIXED: integer(self.facts.get("CURRENT_BASE"))}.get(self.orphans, NONE)
        vector = {"ID": str(oid), "SIZE": str(size), "DATE": str(int(time.time())), "PARENT": str(parent)}
        if name:
            vector["NAME"] = name
        if parent in self.entries:
            above = self.entries[parent]
            above["CHILDREN"] = f"{above['CHILDREN']},{oid}" if above.get("CHILDREN") else str(oid)
        self.entries[oid] = vector
        self.facts["NEXT_SNAPSHOT"] = str(oid + 1)
        return oid

    def activate(self, oid, revert):
        """Activates a snapshot; on some storage only a revert does."""
        if oid == self.active or oid not in self.entries or (self.orphans == MIXED and not revert):
            return
        if self.orphans == MIXED:
            self.facts["CURRENT_BASE"] = str(oid)
        self.entries[oid]["ACTIVE"] = "YES"
        self.entries.get(self.active, {}).pop("ACTIVE", None)
        self.active = oid

    def rename(self, oid, name):
        if oid not in self.entries:
            raise ActionError("Snapshot does not exist")
        self.entries[oid]["NAME"] = name

    def delete(self, oid):
        """Deletes a snapshot; its only child gets its parent."""
        vector = self.entries.get(oid)
        if vector is None:
            return
        parent_id = integer(vector.get("PARENT"))
        if self.orphans in (DENY, MIXED) and parent_id in self.entries:
            self._hand_over(oid, vector, parent_id)
        del self.entries[oid]
        if self.active == oid:
            self.active = NONE

    def _hand_over(self, oid, vector, parent_id):
        parent = self.entries[parent_id]
        children = _numbers(parent.get("CHILDREN")) - {oid}
        own = _numbers(vector.get("CHILDREN"))
        if len(own) == 1:
            children |= own
            child = self.entries.get(min(own))
            if child is not None:
                child["PARENT"] = str(parent_id)
        if children:
            parent["CHILDREN"] = ",".join(map(str, sorted(children)))
        else:
            parent.pop("CHILDREN", None)
        if self.active == oid:
            self.active = parent_id
            parent["ACTIVE"] = "YES"

    # --- what may be deleted

    def check_image_delete(self, oid):
        """Refuses a deletion that the snapshots of an image do not allow."""
        if oid not in self.entries:
            raise ActionError("Snapshot does not exist")
        if self.orphans in (DENY, MIXED):
            if self.entries[oid].get("ACTIVE") == "YES":
                raise ActionError("Cannot delete the active snapshot")
            if self.entries[oid].get("CHILDREN"):
                raise ActionError("Cannot delete snapshot with children")

    def check_disk_delete(self, oid, persistent):
        """Refuses a deletion that the snapshots of a VM's disk do not allow."""
        if oid not in self.entries:
            raise ActionError("Snapshot does not exist")
        if self.orphans == MIXED:
            if oid == self.active:
                raise ActionError("Cannot delete the active snapshot")
            if self._children(oid):
                raise ActionError("Cannot delete snapshot with children")
        elif self.orphans in (DENY, LINEAR):
            self._check_chain(oid, persistent)
        elif self.orphans == FORMAT:
            raise ActionError("Inconsistent snapshot orphan mode")

    def _check_chain(self, oid, persistent):
        """In a chain of files a snapshot can be deleted only if its neighbours can be joined."""
        if persistent and oid == 0:
            raise ActionError("Cannot delete snapshot 0 for persistent disk images")
        children = self._children(oid)
        if len(children) > 1:
            raise ActionError("Cannot delete snapshot with more than one children")
        if not children:
            return
        if self.active == oid:
            raise ActionError("Cannot delete the active snapshot with children")
        child = min(children)
        below = self._children(child)
        if len(below) > 1 or (len(below) == 1 and self.active == child):
            raise ActionError("Cannot delete snapshot if child has children")
        parent = integer(self.entries[oid].get("PARENT"))
        if len(self._children(parent)) > 1:
            raise ActionError("Cannot delete snapshot if parent has more than one child")

    def _children(self, oid):
        return _numbers(self.entries.get(oid, {}).get("CHILDREN"))

    def xml(self):
        facts = "".join(f"<{name}>{cdata(self.facts[name])}</{name}>" for name in sorted(self.facts))
        entries = "".join(vector_xml("SNAPSHOT", self.entries[oid]) for oid in sorted(self.entries))
        return f"<SNAPSHOTS>{facts}{entries}</SNAPSHOTS>"


def _numbers(text):
    return {int(number) for number in (text or "").split(",") if number}
