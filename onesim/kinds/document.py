"""Documents: templates whose creators choose the number of their type."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, permissions_for
from onesim.errors import InternalError
from onesim.rights.access import CREATE, USE

LONGEST_NAME = 128


class Document(Thing):
    def __init__(self, template, call, type_number):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.type = type_number

    def inserting(self, cloud):
        self.name = self.template.erase("NAME") or f"document-{self.oid}"
        if len(self.name.encode()) > LONGEST_NAME:
            raise InternalError("NAME is too long; max length is 128 chars.")

    def render(self):
        return (
            f"<DOCUMENT>{self.head_xml()}<TYPE>{self.type}</TYPE>{self.permissions_xml()}{self.lock_xml()}"
            f"{self.template.xml()}</DOCUMENT>"
        )


class DocumentKind(Kind):
    name, title, xml_title, tag, pool_tag = "DOCUMENT", "document", "Document", "DOCUMENT", "DOCUMENT_POOL"
    thing = Document
    lockable = True
    names_unique = False


KIND = DocumentKind()
generic.register(KIND, "document", "info update rename chown chmod lock unlock delete")


@method("one.document.allocate", "si", kind=KIND, operation=CREATE)
def allocate(call, text, type_number):
    template = generic.parsed(KIND, text)
    generic.authorized_cluster(call, KIND, generic.NO_CLUSTER)
    return call.cloud.pool("DOCUMENT").insert(Document(template, call, type_number))


@method("one.document.clone", "is", kind=KIND, operation=CREATE)
def clone(call, oid, name):
    template = generic.cloned_template(call, KIND, oid, name)
    return call.cloud.pool("DOCUMENT").insert(Document(template, call, call.cloud.get("DOCUMENT", oid).type))


@method("one.documentpool.info", "iiii", kind=KIND, operation=USE, writes=False)
def pool_info(call, filter_flag, start, end, type_number):
    things = generic.listed(call, KIND, filter_flag, start, end, lambda thing: thing.type == type_number)
    return generic.pool_xml(call, KIND, things)
