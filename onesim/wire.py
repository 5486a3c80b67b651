"""XML-RPC on the wire: requests read with every kind of trick refused, answers written."""

from lxml import etree

from onesim.dispatch import Long
from onesim.errors import FAULT_PARSE, Fault

_PARSER_OPTIONS = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}
_BOOLEANS = {"1": True, "0": False, "true": True, "false": False}


def read_call(body):
    """(method name, parameters) of a request body; raises Fault."""
    try:
        root = etree.fromstring(body, etree.XMLParser(huge_tree=len(body) > 5_000_000, **_PARSER_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Fault(FAULT_PARSE, f"Call is not valid XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise Fault(FAULT_PARSE, "Call has a document type declaration")
    name = root.findtext("methodName")
    if root.tag != "methodCall" or not name:
        raise Fault(FAULT_PARSE, "Call is no XML-RPC methodCall")
    try:
        return name.strip(), [_read(param.find("value")) for param in root.iterfind("params/param")]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Fault(FAULT_PARSE, "Call has a malformed parameter") from error


def _read(value):
    if not len(value):
        return value.text or ""
    element = value[0]
    text = element.text or ""
    if element.tag in ("int", "i4"):
        return int(text)
    if element.tag in ("i8", "{http://ws.apache.org/xmlrpc/namespaces/extensions}i8"):
        return Long(text)
    if element.tag == "boolean":
        return _BOOLEANS[text.strip()]
    if element.tag == "double":
        return float(text)
    if element.tag == "array":
        return [_read(item) for item in element.iterfind("data/value")]
    if element.tag == "struct":
        return {member.findtext("name"): _read(member.find("value")) for member in element.iterfind("member")}
    if element.tag == "nil":
        return None
    return text


def write_answer(value):
    """The body of an answer."""
    return _response(f"<params>\r\n<param>{_write(value)}</param>\r\n</params>")


def write_fault(fault):
    """The body of a fault."""
    return _response(f"<fault>{_write({'faultCode': fault.code, 'faultString': fault.text})}</fault>")


def _response(content):
    head = '<?xml version="1.0" encoding="UTF-8"?>\r\n<methodResponse>\r\n'
    return f"{head}{content}\r\n</methodResponse>\r\n".encode(errors="replace")


def _write(value):
    if isinstance(value, bool):
        return f"<value><boolean>{value:d}</boolean></value>"
    if isinstance(value, Long):
        return f"<value><i8>{value:d}</i8></value>"
    if isinstance(value, int):
        return f"<value><i4>{value}</i4></value>"
    if isinstance(value, float):
        return f"<value><double>{value}</double></value>"
    if isinstance(value, (list, tuple)):
        return f"<value><array><data>{''.join(map(_write, value))}</data></array></value>"
    if isinstance(value, dict):
        members = "".join(
            f"<member><name>{_escape(name)}</name>{_write(item)}</member>" for name, item in value.items()
        )
        return f"<value><struct>{members}</struct></value>"
    return f"<value><string>{_escape(value)}</string></value>"


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#x0d;")
