# A thin cover of Meson; each target is one screen away in scripts/ or bench/.
#
#   make                         release build in build/; build/hoy runs in place
#   make install [PREFIX=/usr/local] [DESTDIR=]
#   make demo                    see a container speak, without a registry
#   make check [STAGES="unit cli"]
#   make bench                   against crun, runc, podman, docker in one run
#   make packages                installs what building needs (Debian)
#   make clean

PREFIX ?= /usr/local
DESTDIR ?=
STAGES ?=
MESON ?= meson

release = -Doptimization=2 -Ddebug=true -Db_lto=true -Dtests=none --prefix=$(PREFIX)

all: build/build.ninja
	@ninja -C build --quiet

build/build.ninja:
	@command -v $(MESON) >/dev/null || { echo "meson is missing; 'make packages' installs what building needs" >&2; exit 1; }
	$(MESON) setup build $(release)

install: build/build.ninja
	$(MESON) configure build --prefix=$(PREFIX)
	ninja -C build
	DESTDIR=$(DESTDIR) $(MESON) install -C build --no-rebuild --strip

demo:
	@scripts/demo

check:
	@scripts/check $(STAGES)

bench:
	@bench/run

packages:
	scripts/install-packages build

clean:
	rm -rf build build-*

.PHONY: all install demo check bench packages clean
