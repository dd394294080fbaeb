# Debian sid's Asterisk, unpacked into a folder of the cache without root rights, chroot or maintainer scripts, and run
# through that folder's own dynamic loader and libraries. Sourced; after progress.sh and sid_apt.sh.

SID_ASTERISK=$ZHITONG_CACHE/asterisk-$(key_of bootstrap/{sid_asterisk,sid_apt}.sh)

unpack() {
  local deb
  rm -rf "$SID_ASTERISK.new"
  mkdir -p "$SID_ASTERISK.new/root"
  for deb in "$SID"/cache/archives/*.deb; do
    dpkg-deb --field "$deb" Package Version | paste -s >>"$SID_ASTERISK.new/versions"
    dpkg-deb --extract "$deb" "$SID_ASTERISK.new/root"
  done
  find "$SID_ASTERISK.new/root" -perm /6000 -type f -exec chmod a-s {} +
  rm -rf "$SID_ASTERISK.new/root"/usr/share/{doc,man,locale,info} "$SID_ASTERISK"
  mv "$SID_ASTERISK.new" "$SID_ASTERISK"
}

# Download and unpack it, unless that has been done.
sid_asterisk() {
  if [[ -d $SID_ASTERISK ]]; then return; fi
  sid_apt
  rm -f "$SID"/cache/archives/*.deb
  step sid-index "取 Debian sid 的软件目录（验证签名）" apt-get update
  step asterisk-download "下载 Asterisk（约 80 MB，验证签名）" apt-get install --download-only --yes asterisk
  step asterisk-unpack "解包 Asterisk" unpack
  rm -f "$SID"/cache/archives/*.deb
}
