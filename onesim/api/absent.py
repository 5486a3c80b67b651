"""The methods of the daemon that onesim does not implement."""

_VERBS = {
    "backupjob": "allocate backup cancel chmod chown delete info lock priority rename retry schedadd scheddelete "
    "schedupdate unlock update",
    "backupjobpool": "info",
    "cluster": "optimize plandelete planexecute",
    "market": "allocatedb updatedb",
    "marketapp": "allocate allocatedb chmod chown delete dropdb enable lock rename unlock update updatedb",
    "system": "sql sqlquery",
    "zone": "fedreplicate raftstatus replicate updatedb voterequest",
}
ABSENT = frozenset(f"one.{prefix}.{verb}" for prefix, verbs in _VERBS.items() for verb in verbs.split())
