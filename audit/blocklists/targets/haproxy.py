"""Exports the blocklist as pattern files for HAProxy, which refuses requests by the folder that a file's digest names."""

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.addresses import find_addresses, tell_addresses
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope

RULES = "boojum-rules.cfg"
FOLDERS = "boojum-folders.lst"
PATHS = "boojum-paths.lst"
NAMES = "boojum-names.lst"
PROJECTS = "boojum-projects.lst"

# HAProxy sees a path as the client wrote it, so the rules decode it, and refuse what a server behind would resolve.
_RULES = r"""# boojum: copy these lines into the frontend of the mirror, with the full paths of the lists. They never change.
    http-request set-var(txn.boojum) path,url_dec
    acl boojum_dots var(txn.boojum) -m reg (^|/)\.\.?(/|$)
    acl boojum_folder "var(txn.boojum),regsub('^.*/([0-9a-f]{2})/+([0-9a-f]{2})/+([0-9a-f]{60})(/.*)?$','\1\2\3')" -m str -f boojum-folders.lst
    acl boojum_path "var(txn.boojum),regsub('/+','/',g),regsub('[.]metadata$','')" -m str -f boojum-paths.lst
    acl boojum_name "var(txn.boojum),regsub('^.*/',''),regsub('[.]metadata$','')" -m str -f boojum-names.lst
    acl boojum_page "var(txn.boojum),regsub('/+','/',g),regsub('^.*/simple/(./(?=[^/]+/))?([^/]+)(/.*)?$','\2'),regsub('^.*/(pypi|json)/([^/]+)(/.*)?$','\2'),lower,regsub('[-_.]+','-',g)" -m str -f boojum-projects.lst
    acl boojum_wheel "var(txn.boojum),regsub('^.*/',''),regsub('^([^-]+)-.*[.]whl([.]metadata)?$','\1'),lower,regsub('[-_.]+','-',g)" -m str -f boojum-projects.lst
    acl boojum_sdist "var(txn.boojum),regsub('^.*/',''),regsub('^(.+)-[0-9][^-]*[.](tar[.][a-z0-9]+|tgz|tbz|zip|egg)([.]metadata)?$','\1'),lower,regsub('[-_.]+','-',g)" -m str -f boojum-projects.lst
    http-request deny deny_status 403 if boojum_dots or boojum_folder or boojum_path or boojum_name or boojum_page or boojum_wheel or boojum_sdist
"""


class HaproxyExport:
    """Pattern files for HAProxy in front of a mirror; a file is refused under every name, and its metadata with it."""

    name = "haproxy"
    summary = "HAProxy in front of the mirror: lists by the folder of a file (403)"
    actions = (Action.DENY,)
    scopes = (Scope.FILE, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the lists and the rules that read them; HAProxy takes an empty list."""
        addresses = find_addresses(blocklist, options)
        lists = {
            FOLDERS: addresses.folders,
            PATHS: [f"/{path}" for path in addresses.paths],
            NAMES: addresses.names,
            PROJECTS: addresses.projects,
        }
        return BlocklistExport(
            files={RULES: _RULES} | {name: "".join(f"{line}\n" for line in lines) for name, lines in lists.items()},
            widened=addresses.widened,
            left_out=addresses.left_out,
            instructions=(
                f"The lists block {tell_addresses(addresses)}. Once: copy the lines of {RULES} into the frontend of "
                "haproxy.cfg, with the full paths of the lists. "
                "Then, and after each export: haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy"
            ),
        )
