# A private apt for Debian sid: signatures checked with this machine's keyring, nothing of the system read or changed
# but the address of its own Debian mirror. Sourced by what takes Asterisk and pjproject from there.

SID=$ZHITONG_CACHE/sid-apt
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian main archive that this machine's own apt uses; prints its address.
debian_mirror() {
  local mirror
  mirror=$(env -u APT_CONFIG apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|main|//p' | head -n 1)
  [[ -n $mirror ]] || fail "apt 不知道 Debian 的软件源。需要 Debian 12 或更高，并先运行过: apt-get update"
  echo "$mirror"
}

# Write the private configuration and make every apt command of this process use it.
sid_apt() {
  command -v apt-get dpkg-deb >/dev/null || fail "需要 Debian 的 apt-get 和 dpkg-deb"
  [[ -r $KEYRING ]] || fail "缺少 $KEYRING。安装: apt-get install debian-archive-keyring"
  local mirror
  mirror=$(debian_mirror)
  mkdir -p "$SID"/{state/lists,cache/archives}/partial
  : >"$SID/no-packages-installed"
  printf '%s [signed-by=%s] %s sid main\n' deb "$KEYRING" "$mirror" deb-src "$KEYRING" "$mirror" >"$SID/sources.list"
  # The parts of the machine's own configuration stay in force (a proxy, say); its hooks do not.
  cat >"$SID/apt.conf" <<CONF
Dir::Etc::sourcelist "$SID/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
Dir::State "$SID/state";
Dir::State::status "$SID/no-packages-installed";
Dir::Cache "$SID/cache";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Install-Recommends "false";
APT::Sandbox::User "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
CONF
  export APT_CONFIG=$SID/apt.conf
}
