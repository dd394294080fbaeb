"""备份: made at a press of a button, looked through, taken away; how old the last one is."""

from fastapi import Request
from starlette.responses import FileResponse, Response

from cases.roles import Action
from zhitong.backup.contents import backups_folder
from zhitong.backup.listed import listed_backups, too_old
from zhitong.backup.make import Made, backup_name, make_backup
from zhitong.backup_commands import NO_DUMP
from zhitong.console.door import PROLONG
from zhitong.console.in_background import InBackground
from zhitong.console.room import Room, page, the_visitor
from zhitong.console.visitor import go
from zhitong.errors import Refused
from zhitong.usecases.set_up import backs_up

PATH = "/backup"
SECONDS = 4 * 3600.0
"""So long a backup may take to be taken away."""
CALLED = {
    "zhitong.sqlite3": "数据库（工单、值班表、账号、留痕）",
    "zhitong.pgdump": "数据库（PostgreSQL）",
    "recordings": "录音",
    "journal": "等着进数据库的记录",
    "prompts": "录的提示音",
    "asterisk": "Asterisk 的记录（AstDB）和密钥",
    "attachments": "群众发来的附件",
    "anchors": "留痕的校验",
    "reports": "报表",
    "understanding": "发布过的词表和例句",
    "roster-edition.json": "在用的值班表的副本",
    "flow-editions.json": "在用的话务流程的副本",
    "county": "县里自己的值班表文件",
    "tls": "网页的证书和密钥",
    "settings.toml": "网页上设的",
    "configuration": "设置文件（config）",
}


def backup_room() -> Room:
    """Its pages; 设置 leads there."""
    room = Room(path=PATH, name="", right=Action.BACKUP)
    making: InBackground[Made] = InBackground("备份")

    @room.get("")
    def every(request: Request) -> Response:
        office = the_visitor(request).office
        found = listed_backups(backups_folder(office.settings))
        return page(
            request,
            "backup.html",
            making=making,
            made=making.done,
            called=CALLED,
            no_dump=NO_DUMP,
            backups=found,
            old=too_old(found, office.now()),
            folder=backups_folder(office.settings),
        )

    @room.post("", Action.BACKUP)
    def make(request: Request) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        backs_up(office.engine, what="做备份", by=visitor.actor, now=office.now())

        def act() -> Made:
            def told(files: int) -> None:
                making.progress = f"写了 {files} 个文件"

            now = office.now()
            return make_backup(office.settings, backups_folder(office.settings) / backup_name(now), now=now, told=told)

        making.begin(act, office.now)
        return go(request, PATH)

    @room.get("/file/{name}", Action.BACKUP)
    async def take(request: Request, name: str) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        folder = backups_folder(office.settings)

        def asked() -> None:
            if name not in {one.name for one in listed_backups(folder)}:
                raise Refused("没有这份备份；请从列出的里选。")
            backs_up(office.engine, what=f"下载备份 {name}", by=visitor.actor, now=office.now())

        await request.app.state.threads.run(asked)
        request.scope.get(PROLONG, lambda seconds: None)(SECONDS)
        return FileResponse(folder / name, media_type="application/x-tar", filename=name)

    return room
