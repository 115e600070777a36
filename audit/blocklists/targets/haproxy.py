"""Exports the blocklist as lists for HAProxy, which refuses requests by the folder that a file's digest names."""

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.addresses import find_addresses, tell_addresses
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope

RULES = "boojum-rules.cfg"
FOLDERS = "boojum-folders.lst"
PATHS = "boojum-paths.lst"
NAMES = "boojum-names.lst"
PROJECTS = "boojum-projects.lst"

# HAProxy sees a path as the client wrote it, so the rules decode it, and refuse what a server behind would resolve.
_RULES = r"""# boojum: copy these lines into the frontend of the mirror, with the full paths of the lists.
    http-request set-var(txn.b) "path,url_dec,regsub('/+','/',g)"
    http-request set-var(txn.b_dir) "var(txn.b),regsub('^.*/(..)/(..)/([0-9a-f]{60})(/.*)?\$','\1\2\3')"
    http-request set-var(txn.b_path) "var(txn.b),regsub('[.]metadata\$','')"
    http-request set-var(txn.b_name) "var(txn.b_path),regsub('^.*/','')"
    http-request set-var(txn.b_page) "var(txn.b),regsub('^.*/simple/(./(?=[^/]+/))?([^/]+)(/.*)?\$','\2')"
    http-request set-var(txn.b_page) "var(txn.b_page),regsub('^.*/(pypi|json)/([^/]+)(/.*)?\$','\2')"
    http-request set-var(txn.b_page) "var(txn.b_page),lower,regsub('[-_.]+','-',g)"
    http-request set-var(txn.b_wheel) "var(txn.b_name),regsub('^([^-]+)-.*[.]whl\$','\1')"
    http-request set-var(txn.b_wheel) "var(txn.b_wheel),lower,regsub('[-_.]+','-',g)"
    http-request set-var(txn.b_sdist) "var(txn.b_name),regsub('[.](tar[.][a-z0-9]+|tgz|tbz|zip|egg)\$','')"
    http-request set-var(txn.b_sdist) "var(txn.b_sdist),regsub('^(.+)-[0-9][^-]*\$','\1')"
    http-request set-var(txn.b_sdist) "var(txn.b_sdist),lower,regsub('[-_.]+','-',g)"
    http-request deny deny_status 403 if { var(txn.b) -m reg (^|/)\.\.?(/|$) }
    http-request deny deny_status 403 if { var(txn.b_dir) -m str -f boojum-folders.lst }
    http-request deny deny_status 403 if { var(txn.b_path) -m str -f boojum-paths.lst }
    http-request deny deny_status 403 if { var(txn.b_name) -m str -f boojum-names.lst }
    http-request deny deny_status 403 if { var(txn.b_page) -m str -f boojum-projects.lst }
    http-request deny deny_status 403 if { var(txn.b_wheel) -m str -f boojum-projects.lst }
    http-request deny deny_status 403 if { var(txn.b_sdist) -m str -f boojum-projects.lst }
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
