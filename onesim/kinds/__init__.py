"""The kinds of objects, a file or a folder for each kind; `founding.registry` finds what is here.

How to add a kind, image say, in `image.py` (or, once that grows, in the folder `image/`):

1. Its object: a subclass of `onesim.cloud.things.Thing`. Fields are set in `__init__` (nothing there may refer to the
   cloud: objects are pickled into the store), checks and fields that need the number go into `inserting(cloud)`, the
   XML of pool calls into `render()`, that of the info call, where it shows more, into `info(call)`. `head_xml`,
   `lock_xml`, `permissions_xml`, `ids_xml`, `template.xml()` and `cdata` make the usual parts.
   `permissions_for(uid, gid, umask)` gives a new object's permissions. `set_error(text)` notes a failure as the daemon
   does.
2. Its kind: a subclass of `onesim.cloud.things.Kind` with the names (`name` as ACL rules spell it, `title` as error
   texts do) and the hooks where it differs: `created` for allocate, `drop` for delete, `updated_template`,
   `after_rename`, `owned_quota` for a chown that moves quota, … Then `KIND = ImageKind()` (or several, in `KINDS`).
3. Its methods: `generic.register(KIND, "image", "info update rename chown chmod lock unlock delete")` for those that
   all kinds have, `generic.register_pool(KIND, "one.imagepool.info")` for the pool, and for each of its own

       @method("one.image.persistent", "ib", kind=KIND)
       def persistent(call, oid, flag):
           image = generic.reachable(call, KIND, oid)      # NO_EXISTS or AUTHORIZATION raised, else the object
           ...
           call.cloud.update(image)                        # after every change
           return oid

   `reachable` checks the right that `@method(operation=…)` names (MANAGE by default). More than one object: look them
   up with `call.cloud.get("NET", oid)` (raises NO_EXISTS) or `.find` (None), then
   `authorize(call, (MANAGE, image), (USE, datastore), (CREATE, creation(KIND, call)))`. Errors are raised:
   `InternalError`, `ActionError`, `AllocateError`, … of onesim.errors, with the text that follows the method's name.
4. Delayed events: `@transition("image.copied") def _copied(cloud, oid): …`, set off by
   `call.cloud.clock.schedule("image.copied", oid, delay=2)`; `delay` is a real cloud's time in seconds, which the pace
   scales; what oned does by itself without waiting for a driver is `call.cloud.soon("…", oid)`, right after the call.
   Look the object up again there, it may be gone, and call `cloud.update`.
5. Quotas: build the quota template and `quotas.charge(cloud, uid, gid, quotas.DATASTORE, template)` (raises
   AUTHORIZATION, nothing charged) before taking, `quotas.release(…)` when giving back; see onesim.rights.quotas.
6. Leases: `kinds.vnet.leases` has `network_of_nic`, `lease_vm_nic`, `lease_vrouter_nic`, `release_nic`; security groups
   have `add_vm`, `remove_vm`; hosts have `vms` (number -> (CPU in hundredths, memory in KB)), `used`, `capacity`;
   datastores have `images`. The VM kind is asked by others, by these names: `host_renamed(cloud, vm_id, host)`,
   `cluster_changed(cloud, vm_id, old, new)`, `network_changed(cloud, vm_id, vnet)` (see there),
   `cluster_charges(cloud, owns)`; the image kind `datastore_renamed(cloud, image_id, datastore)`.
7. Faults on purpose: `cloud.faults.creation_failure("IMAGE")` gives the text with which the next image is to end in
   ERROR, or None; `cloud.faults.boot_failure(vm)` the same for a VM that boots.
8. Events: a kind with `state_names` (by number) has a `state`, and every `cloud.update` that finds a new one publishes
   it; `previous_state` is PREV_STATE. With more than one state override `states` of the thing (`noted_states` are those
   of the last update) and `state_words` of the kind; `state_message`, `service` and `announced` say the rest.
9. The store: what has to last and is no object goes into `cloud.settings`, followed by `cloud.keep(name)`. Objects may
   hold plain data and classes of this package.
"""
