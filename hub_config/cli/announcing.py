"""The arguments of ``berth announce``, as the parser of ``berth`` takes them."""

import argparse
from collections.abc import Callable, Sequence

from hub_config.cli.times import moment
from hub_config.model.announcement import PLACES, SEVERITIES
from hub_config.model.units import parse_walltime

_MORE = """\
list            what is announced, was and will be, with ids
new             announce something: --file FILE, as in announcements.d, or --text and more
withdraw ID     take one away; the history keeps it
check FILE…     judge files of announcements.d, or such a folder, and do nothing else

On the hub's machine, as root, address and token are known. Elsewhere: --url, and --token-file
with a token of somebody who may announce.

TIME is 2026-12-01T08:00+01:00, or in this machine's time zone "2026-12-01 08:00", "tomorrow 08:00",
"today 18:00" or 18:00. DURATION is 30m, 8h or 1d12h.

Exit code: 0 done, 1 not done, and why, 2 wrong usage."""

Add = Callable[..., argparse.Action]
Options = dict[str, object]

_TEXTS: tuple[tuple[str, str], ...] = (
    ("title", "a few words before the text"),
    ("text", "what people should know, in Markdown; - reads it from a pipe"),
)


def add_all(command: Callable[..., Add], site: str) -> None:
    """Add the command; *site* is where a site is unless said otherwise."""
    add = command("announce", "list, make, withdraw or check announcements", _MORE)
    add("action", choices=("list", "new", "withdraw", "check"))
    add("what", metavar="ID|FILE", nargs="*", help="withdraw: which; check: which files")
    _add_words(add)
    _add_times(add)
    add("--json", action="store_true", help="list: for programs")
    add("--site", default=site, help="default: %(default)s")
    add("--url", help="the hub's address, where site.yml is not")
    add("--service", default="announcements", help="its name at --url; default: %(default)s")
    add("--token-file", metavar="FILE", help="a file that holds the token; - for a pipe")
    add("--ca", metavar="FILE", help="certificates to trust; left out: those of this machine")


def _add_words(add: Add) -> None:
    add("--file", metavar="FILE", help="new: everything from such a file")
    for name, text in _TEXTS:
        add(f"--{name}", metavar="TEXT", help=text)
        add(f"--{name}-de", metavar="TEXT", help=f"the {name} in German")
    add("--severity", choices=SEVERITIES, help="default: info")
    add("--link", metavar="URL", help="where more can be read")
    add("--where", metavar="PLACE", choices=PLACES, action="append", help=_places())
    add("--group", metavar="GROUP", action="append", help="only for its members; again for more")
    add("--closing", choices=("dismiss", "acknowledge", "stay"), help="what people can do with it")
    add("--news", action="store_true", help="it is an entry of the list of news")
    add("--date", metavar="DAY", help="of an entry of the news; left out: today")


def _places() -> str:
    return f"{', '.join(PLACES)}; again for more; left out: all of them"


def _add_times(add: Add) -> None:
    add("--start", metavar="TIME", type=_moment, help="when it appears; left out: at once")
    add("--end", metavar="TIME", type=_moment, help="when it disappears; left out: never")
    add("--begins", metavar="TIME", type=_moment, help="a maintenance: when nothing runs")
    add("--lasts", metavar="DURATION", type=_time, help="and for how long")
    add("--notice", metavar="DURATION", type=_time, help="and how long before it is shown")
    add("--repeat", metavar="RRULE", help='and when again: "FREQ=MONTHLY;BYDAY=2TU"')
    add("--partition", metavar="NAME", action="append", help="and where; left out: everywhere")


def _moment(text: str) -> str:
    try:
        return moment(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _time(text: str) -> str:
    try:
        parse_walltime(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def fields(args: argparse.Namespace, text: str | None) -> Options:
    """Return what ``berth announce new`` was told, as the front matter of a file has it."""
    told = {
        "title": _said(args.title, args.title_de),
        "text": _said(text, args.text_de),
        "date": args.date,
        "severity": args.severity,
        "url": args.link,
        "where": args.where,
        "groups": args.group,
        "closing": args.closing,
        "start": args.start,
        "end": args.end,
        "maintenance": _given(_maintenance(args)),
    }
    return _given(told)


def _maintenance(args: argparse.Namespace) -> Options:
    return {
        "begins": args.begins,
        "lasts": args.lasts,
        "notice": args.notice,
        "repeat": args.repeat,
        "partitions": args.partition,
    }


def _given(options: Options) -> Options:
    return {name: value for name, value in options.items() if value}


def _said(english: str | None, german: str | None) -> str | dict[str, str] | None:
    if not german:
        return english
    return {"en": english, "de": german} if english else {"de": german}


def need(args: argparse.Namespace) -> Sequence[str]:
    """Return what is wrong with this combination of arguments; nothing: it can be done."""
    if args.action == "withdraw" and len(args.what) != 1:
        return ["name one: berth announce withdraw ID (see berth announce list)"]
    if args.action == "check" and not args.what:
        return ["name what to look at: berth announce check FILE"]
    if args.action in ("list", "new") and args.what:
        return [f"berth announce {args.action} takes no {args.what[0]!r}"]
    if args.action == "new" and not (args.file or args.text or args.text_de or args.news):
        return ['say what to announce: berth announce new --text "…", or --file FILE']
    if args.action == "new" and args.file and (args.news or fields(args, args.text)):
        return ["--file holds everything — leave out the other fields, or the file"]
    if args.url and not args.token_file:
        return ["--url needs --token-file: a file with the token of somebody who may announce"]
    return []
