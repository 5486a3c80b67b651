"""onesim without HTTP: a cloud in this process, for tests that call it directly.

embedded = onesim.embedded.Embedded()
embedded.sow({"networks": [{"name": "lab", "VN_MAD": "bridge"}]})
assert embedded.call("one.vnpool.info", -2, -1, -1).startswith("<VNET_POOL>")
"""

from onesim.api.dispatch import Dispatcher
from onesim.cloud.store import Journal
from onesim.founding.bootstrap import bootstrap, empty_cloud
from onesim.founding.seed import Seeder
from onesim.testing import PASSWORD


class Embedded:
    """A new cloud, or that of a store. Transitions run only when `settle` is called."""

    session = f"oneadmin:{PASSWORD}"

    def __init__(self, store=None):
        self.cloud = empty_cloud()
        store = store or Journal()
        if store.is_empty:
            self.cloud.journal = store
            with self.cloud.transaction():
                bootstrap(self.cloud, PASSWORD)
        else:
            self.cloud.restore(store)
        self._dispatcher = Dispatcher(self.cloud)

    def answer(self, method, params):
        """The daemon's answer to a call, whose parameters begin with the session; raises onesim.errors.Fault."""
        return self._dispatcher.answer(method, list(params))

    def call(self, method, *params, session=None):
        """The value of a call as oneadmin (or another session); raises RuntimeError for a refusal."""
        answer = self.answer(method, [session or self.session, *params])
        if not answer[0]:
            raise RuntimeError(answer[1])
        return answer[1]

    def sow(self, description):
        """Creates the objects of a description, like --seed; raises onesim.seed.SeedError."""
        Seeder(self._dispatcher, self.session).sow(description)

    def settle(self):
        """Runs all pending transitions."""
        self.cloud.clock.settle()
