"""Command line: python -m onesim --port N."""

import argparse
import gc
import os
import signal
import sys

from onesim.api.dispatch import Dispatcher
from onesim.cloud.events import EventError, Events, Publisher
from onesim.cloud.faults import RuleError
from onesim.cloud.store import Store, StoreError
from onesim.founding import seed
from onesim.founding.bootstrap import HOSTS, bootstrap, empty_cloud
from onesim.wire.calllog import CallLog
from onesim.wire.server import Server

# The number of new objects between garbage collections, which stop all calls for a time that grows with the number of
# objects: 0.4 s with 20,000 VMs. Calls leave hardly any garbage.
COLLECTIONS = (100_000, 50, 1000)


def arguments(argv):
    parser = argparse.ArgumentParser(prog="onesim", description="An embedded OpenNebula: an XML-RPC server.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=int, default=2633, help="port to listen on, 0 for a free one (default %(default)s)"
    )
    parser.add_argument("--pace", type=float, default=0.0, help="speed of transitions: 0 at once, 1 as a real cloud")
    parser.add_argument(
        "--haste", type=float, default=1.0, help="what the half second that VMs wait at any pace is divided by"
    )
    parser.add_argument("--delay", type=float, default=0.0, metavar="MS", help="milliseconds that each write takes")
    parser.add_argument(
        "--ready-fd", type=int, metavar="FD", help="file descriptor that gets a line once calls are taken"
    )
    parser.add_argument("--oneadmin-password", default="opennebula", metavar="PASSWORD", help="default %(default)s")
    parser.add_argument("--store", metavar="FILE", help="keep the cloud in a file; it goes on where it ended")
    parser.add_argument("--seed", metavar="FILE", help="start a new cloud from a description in YAML")
    parser.add_argument("--events", type=int, metavar="PORT", help="publish events by ZeroMQ, 0 for a free port")
    parser.add_argument("--onegate", default="", metavar="URL", help="ONEGATE_ENDPOINT for contexts with TOKEN")
    parser.add_argument("--keep-alive", action="store_true", help="keep connections, which the daemon closes")
    parser.add_argument("--log", action="store_true", help="write a line a call to standard error")
    parser.add_argument("--fault", action="append", default=[], metavar="RULE", help="have calls go wrong; repeatable")
    parser.add_argument("--control", action="store_true", help="take fault rules by onesim.fault_add and the like")
    return parser.parse_args(argv)


def main(argv=None):
    options = arguments(argv)
    gc.set_threshold(*COLLECTIONS)
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)  # they wait until sigwait takes them
    try:
        dispatcher = started(options)
        calls = CallLog() if options.log else None
        delay = options.delay / 1000
        server = Server(dispatcher, options.host, options.port, delay, calls=calls, keep_alive=options.keep_alive)
    except (EventError, OSError, RuleError, StoreError, seed.SeedError) as error:
        sys.exit(f"onesim: {error}")
    cloud = dispatcher.cloud
    cloud.clock.start()
    server.start()
    announce(f"onesim: listening on {server.endpoint}\n", options.ready_fd)
    signal.sigwait(ending)
    server.shutdown()
    cloud.clock.stop()
    with cloud.lock:
        cloud.journal.close()
    return 0


def started(options):
    """The dispatcher of the cloud for the options."""
    cloud = empty_cloud(options.pace, options.haste)
    cloud.onegate = options.onegate
    dispatcher = Dispatcher(cloud, options.control)
    store = Store(options.store) if options.store else cloud.journal
    if store.is_empty:
        cloud.journal = store
        found(cloud, dispatcher, options)
    else:
        cloud.restore(store)
    dispatcher.counters.clear()
    for rule in options.fault:
        cloud.faults.add(rule)
    if options.events is not None:
        publisher = Publisher(options.host, options.events)
        cloud.events = Events(publisher.publish)
        announce(f"onesim: events on {publisher.endpoint}\n")
    return dispatcher


def found(cloud, dispatcher, options):
    """Creates a new cloud with the objects of a seed; all of it is stored in one transaction."""
    description = seed.read(options.seed) if options.seed else {}
    with cloud.transaction():
        bootstrap(cloud, options.oneadmin_password, () if description.get("hosts") else HOSTS)
        seed.Seeder(dispatcher, f"oneadmin:{options.oneadmin_password}").sow(description)


def announce(line, ready_fd=None):
    sys.stdout.write(line)
    sys.stdout.flush()
    if ready_fd is not None:
        os.write(ready_fd, line.encode())
        os.close(ready_fd)


if __name__ == "__main__":
    sys.exit(main())
