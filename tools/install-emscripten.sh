#!/usr/bin/env bash
# Unpacks Emscripten, with the clang, lld and binaryen that it needs, from a newer Debian suite into a private folder.
# It needs no root and changes nothing on the system: the system's apt, with a private state, fetches and verifies the
# packages, and they are unpacked, not installed. Their programs use the C library unpacked beside them, so an older
# system suffices. Node and Python are the system's.
#
# usage: install-emscripten.sh PREFIX     then: EMSCRIPTEN=PREFIX/usr/share/emscripten EM_CONFIG=PREFIX/config
set -euo pipefail
umask 022

suite=forky
min_version=6.0.5
recipe=1 # raise when the layout that this script makes changes

prefix=$(mkdir -p -- "$1" && cd -- "$1" && pwd -P)
say() { printf '  emscripten: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

stamp=$prefix/installed-$suite-$recipe
[[ -e $stamp ]] && exit 0
[[ $(uname -sm) == 'Linux x86_64' ]] || die "this way of installing it is for Linux on x86_64; install emsdk instead"
for tool in apt-get apt-cache dpkg-deb tar xz flock python3 node; do
  command -v "$tool" >/dev/null || die "$tool is missing (Debian or a derivative is assumed; otherwise install emsdk)"
done
exec 9>"$prefix/lock"
flock 9 # a second run waits here, then finds it done
[[ -e $stamp ]] && exit 0

mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$') ||
  die "no Debian mirror among the sources of this machine's apt"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -r $keyring ]] || die "no archive keys: install debian-archive-keyring"

work=$prefix/work
rm -rf -- "${work:?}" "${prefix:?}"/{usr,bin,cache,config} "$prefix"/installed-*
mkdir -p "$work"/{etc,lists/partial,cache/archives/partial,debs}
: >"$work/status"
printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite" >"$work/etc/sources.list"
{
  apt-config dump | grep -E '^Acquire::https?::' || true # the system's proxies
  cat <<EOF
Dir::State "$work"; Dir::State::lists "$work/lists"; Dir::State::status "$work/status";
Dir::Cache "$work/cache"; Dir::Etc "$work/etc"; Dir::Etc::sourcelist "$work/etc/sources.list";
Dir::Etc::sourceparts "/dev/null"; Dir::Etc::parts "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "amd64"; APT::Architectures { "amd64"; }; APT::Install-Recommends "false";
APT::Sandbox::User "root"; APT::Update::Error-Mode "any"; Acquire::Languages "none"; Acquire::Retries "3";
Acquire::Check-Valid-Until "false"; // a testing suite may lag; its signature is checked all the same
EOF
} >"$work/apt.conf"
export APT_CONFIG=$work/apt.conf

say "reading the package index"
apt-get -qq update >&2 9>&-
field() { apt-cache show --no-all-versions "$1" | sed -n "s/^$2: //p"; }
version=$(field emscripten Version)
dpkg --compare-versions "${version:-0}" ge "$min_version" || die "$suite has emscripten '$version', not $min_version"
llvm=$(field emscripten Depends | grep -oE -m1 'clang-[0-9]+' | head -n1)
llvm=${llvm#clang-}

# Programs with all libraries they link with; emscripten, clang and llvm without their dependencies.
mapfile -t packages < <({
  printf '%s\n' emscripten "clang-$llvm" "llvm-$llvm" "libclang-common-$llvm-dev" node-acorn
  apt-cache depends --recurse --important binaryen "lld-$llvm" "libclang-cpp$llvm" "libllvm$llvm" patchelf |
    grep -E '^[a-z0-9]'
} | grep -vxE 'gcc-[0-9]+-base|libc-gconv-modules-extra|debconf.*' | sort -u)
say "fetching emscripten $version and clang $llvm, ${#packages[@]} packages, about 90 MB"
(cd "$work/debs" && apt-get -qq download "${packages[@]}" >&2 9>&-)

say "unpacking"
for deb in "$work"/debs/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$prefix" --no-same-owner ./usr
done
rm -rf "$prefix"/usr/share/{man,locale,lintian,bash-completion,zsh,gdb,gcc,python3}

lib=$prefix/usr/lib/x86_64-linux-gnu
llvm_bin=$prefix/usr/lib/llvm-$llvm/bin
emscripten=$prefix/usr/share/emscripten
loader=$lib/ld-linux-x86-64.so.2
cp "$prefix/usr/bin/patchelf" "$work/patchelf"
patchelf() { "$loader" --library-path "$lib" "$work/patchelf" "$@"; }
is_elf() { [[ -f $1 && ! -L $1 && $(head -c4 "$1" | tr -d '\0') == $'\x7fELF' ]]; }

# The programs that emcc runs get their own loader and libraries. A forced RPATH also applies to the dependencies of
# libraries that have none of their own.
for f in "$llvm_bin"/*; do
  case ${f##*/} in
    clang | clang++ | "clang-$llvm" | clang-scan-deps | lld | wasm-ld | llvm-ar | llvm-ranlib | llvm-nm | llvm-objcopy | llvm-strip | llvm-dwarfdump | llvm-readobj | llvm-cxxfilt) ;;
    *) rm -f -- "$f" ;;
  esac
done
for f in "$lib"/*.so*; do
  if is_elf "$f" && [[ -n $(patchelf --print-rpath "$f") ]]; then patchelf --remove-rpath "$f"; fi
done
for f in "$llvm_bin"/* "$prefix"/usr/bin/wasm*; do
  if is_elf "$f"; then patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$lib" "$f"; fi
done

ln -sfn nodejs "$prefix/usr/share/node_modules" # where a node that is not Debian's finds acorn
# Debian's replacement for npm's programs looks for a file named "c", the last letter of "tsc": use PATH instead
sed -i 's/if not os\.path\.exists(cmd\[-1\]):/if True:/' "$emscripten/tools/shared.py"
cat >"$prefix/config" <<EOF
import shutil
LLVM_ROOT = '$llvm_bin'
BINARYEN_ROOT = '$prefix/usr'
EMSCRIPTEN_ROOT = '$emscripten'
NODE_JS = shutil.which('node')
CLOSURE_COMPILER = shutil.which('google-closure-compiler')
CACHE = '$prefix/cache'
EOF

say "building its system libraries"
export EM_CONFIG=$prefix/config
unset EM_CACHE EMSDK_PYTHON
printf '#include <emscripten/bind.h>\nEMSCRIPTEN_BINDINGS(t) { emscripten::function("f", +[] { return 1; }); }\n' >"$work/t.cpp"
"$emscripten/em++" "$work/t.cpp" -o "$work/t.mjs" -O3 -flto -fno-exceptions -fno-rtti -std=c++20 \
  -DEMSCRIPTEN_HAS_UNBOUND_TYPE_NAMES=0 -lembind --no-entry -sMALLOC=emmalloc -sFILESYSTEM=0 \
  >"$work/log" 2>&1 9>&- || { cat "$work/log" >&2; die "a first program does not link"; }
rm -rf -- "${work:?}"
say "emscripten $version is ready in $prefix"
: >"$stamp"
