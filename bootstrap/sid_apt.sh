# A private apt for Debian sid: signatures checked with this machine's keyring, nothing of the system read or changed
# but the address of its own Debian mirror. Sourced by what takes Asterisk and pjproject from there.

SID=$ZHITONG_CACHE/sid-apt
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian main archive that this machine's own apt uses; prints its address, or nothing when apt has no index yet.
debian_mirror() {
  env -u APT_CONFIG apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F '|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" && !found++ { print $4 }'
}

# Write the private configuration and make every apt command of this process use it.
sid_apt() {
  type -P apt-get >/dev/null || fail "需要 Debian 的 apt；或者先装好 20.17 或更高、带 app_audiosocket 的 Asterisk"
  [[ -r $KEYRING ]] || fail "缺少 $KEYRING。安装：apt-get install debian-archive-keyring"
  local mirror
  mirror=$(debian_mirror)
  [[ -n $mirror ]] || fail "apt 里没有 Debian 的软件源。需要 Debian 12 或更高，并由管理员运行一次：apt-get update"
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
