"""A backup is put back, into an empty folder: a data folder as it was when the backup was made."""

import os
import shutil
import tarfile
from pathlib import Path

from zhitong.backup.contents import ABOUT, SUMS
from zhitong.backup.verify import Verified, verify_backup
from zhitong.errors import BackupFailed


def restore_backup(path: Path, folder: Path) -> Verified:
    """Every file of the backup below the folder, for its owner alone; the file was looked through before.

    Raises BackupFailed: a backup that is not whole, a folder in which something is, no room.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupFailed(f"{folder} 不是空的文件夹；恢复不动原来的数据，请写一个空的、或者还没有的")
    try:
        verified = verify_backup(path)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < verified.size:
            raise BackupFailed(f"{folder} 所在的磁盘只剩 {free >> 20} MB，要 {verified.size >> 20} MB")
        with tarfile.open(path, mode="r:") as archive:
            for one in archive:
                if one.name in (ABOUT, SUMS):
                    continue
                target = folder / one.name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                source = archive.extractfile(one)
                assert source is not None  # verify_backup has seen that it is a file
                with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
                    file.flush()
                    os.fsync(file.fileno())
    except OSError as error:
        raise BackupFailed(f"没有恢复成：{error.strerror or error}（{error.filename or path}）") from error
    return verified
