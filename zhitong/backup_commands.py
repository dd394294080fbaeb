"""zhitong backup …: a backup is made, looked through, put back."""

import argparse
from pathlib import Path

from routing.calendar import LOCAL
from zhitong.backup.make import make_backup
from zhitong.backup.restore import restore_backup
from zhitong.backup.verify import Verified, verify_backup
from zhitong.case_desk import CaseDesk, add_by
from zhitong.roster_commands import Add
from zhitong.usecases.set_up import backs_up

NO_DUMP = (
    "请注意：这台机器没有 pg_dump，数据库不在里面。请在数据库的机器上运行 pg_dump --format=custom --file=文件 库名，"
    "和这个文件放在一起。"
)


def add_backup_commands(add: Add) -> None:
    """The commands under `zhitong backup`."""
    making = add("make", "备份：工单、录音、值班表、设置、密钥，放进一个文件，写好再核对一遍", _make)
    making.add_argument("file", type=Path, metavar="文件", help="新的文件，如 /mnt/usb/20261124.tar")
    add_by(making)
    checking = add("check", "核对一份备份：每个文件的 SHA-256 对不对", _check)
    checking.add_argument("file", type=Path, metavar="文件", help="备份的文件")
    restoring = add("restore", "恢复：把一份备份放进一个空的文件夹，作新的数据文件夹", _restore)
    restoring.add_argument("file", type=Path, metavar="文件", help="备份的文件")
    restoring.add_argument("folder", type=Path, metavar="文件夹", help="空的，或者还没有的")


def _make(arguments: argparse.Namespace) -> int:
    desk = CaseDesk(arguments)
    backs_up(desk.engine, what="做备份", by=desk.by, now=desk.now)
    made = make_backup(desk.settings, arguments.file, now=desk.now)
    print(f"备份好了，也核对过：{made.path}，{_told(made.verified)}")
    if not made.database:
        print(NO_DUMP)
    print("里面有群众的号码、录音和密钥：请存到别的机器上，锁好。")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    print(f"完整：{_told(verify_backup(arguments.file))}")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    folder = arguments.folder.absolute()
    verified = restore_backup(arguments.file, folder)
    print(f"恢复到了 {folder}：{_told(verified)}")
    if verified.database == "postgresql":
        print(f"数据库在 {folder}/zhitong.pgdump，请放进一个空的库：pg_restore --dbname=库名 --no-owner 文件")
    print(f"原来在数据文件夹外面的设置，副本在 {folder}/configuration，请对照 config/ 放回去。")
    print(f"用它开线：ZHITONG_FOLDERS__DATA={folder} bin/zhitong run")
    return 0


def _told(verified: Verified) -> str:
    at = f"{verified.at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
    return f"{verified.county} {at}，{verified.files} 个文件，{verified.size / 1e6:.1f} MB"
