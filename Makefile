# Capstan - one makefile, wildcard sources, one static library a floor.
# `make help` prints the targets below; MODE= picks how things are built.

MODE ?= debug
B := build/$(MODE)
JOBS ?= $(shell nproc)
MAKEFLAGS += --no-builtin-rules -j$(JOBS)
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# --- floors: common/FLOORS says which folders stand on which -----------------------------------------------------------
floors := $(shell sed -n 's/^floor \([0-9]*\) .*/\1/p' common/FLOORS)
folders = $(shell sed -n 's/^floor $(1) //p' common/FLOORS)
below = $(shell seq $(1) -1 0)
floor_of = $(shell sed -n 's/^floor \([0-9]*\) \(.* \)\?$(1)\( .*\)\?$$/\1/p' common/FLOORS)

# --- tools and flags ---------------------------------------------------------------------------------------------------
packages := libuv libxxhash re2 libutf8proc openssl libcurl libzstd zlib libarchive yaml-0.1 libprotobuf-c libgit2 \
            libzmq hiredis libseccomp lua5.1
WARN := -Wall -Wextra -Werror -Wno-missing-field-initializers -Wshadow -Wvla -Wformat=2 -Wundef -Wpointer-arith
CWARN := $(WARN) -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
SAN_address := -fsanitize=address,undefined -fno-sanitize-recover=undefined -DARENA_DEBUG
CFLAGS_debug := -O1 -g $(SAN_address)
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection \
                  -fPIE -DNDEBUG -fno-plt
CFLAGS_tsan := -O1 -g -fsanitize=thread -DARENA_DEBUG
CFLAGS_cov := -O0 -g --coverage
CFLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -DARENA_DEBUG
LDFLAGS_debug := $(SAN_address)
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_cov := --coverage
LDFLAGS_fuzz := -fsanitize=address,undefined
ifeq ($(filter $(MODE),debug release tsan cov fuzz),)
$(error MODE=$(MODE) is not one of debug release tsan cov fuzz)
endif
# The sanitizers of clang see more than gcc's (specs/libraries.md §11); release and coverage are gcc's, so both compilers
# read every line.
ifneq ($(filter $(MODE),debug tsan fuzz),)
CC := clang-14
CXX := clang++-14
else
CC := gcc
CXX := g++
endif

CPPFLAGS := -D_GNU_SOURCE -Icommon -I. -Itests -I$(B)/gen $(shell pkg-config --cflags $(packages) 2>/dev/null)
CFLAGS := -std=c17 $(CWARN) -fno-omit-frame-pointer $(CFLAGS_$(MODE))
CXXFLAGS := -std=c++17 $(WARN) -fno-omit-frame-pointer -fno-exceptions $(CFLAGS_$(MODE))
LDFLAGS := $(LDFLAGS_$(MODE)) -Wl,--as-needed
LIBS := $(shell pkg-config --libs $(packages) 2>/dev/null) -ljq -lonig -lhttp_parser -lcrypt -lpthread -lm -lstdc++
ifeq ($(MODE),release)
JEMALLOC := -ljemalloc
# `capstan` is started for every command, and loading two dozen shared libraries takes longer than a render: they are linked
# into it where their archives are there, libc too, at a fixed address. Relocating the 450 KB of tables of pointers that come with
# them (OpenSSL's above all) at each start was an eighth of a render. What it gives up is that the kernel no longer moves the
# program's own code; its stack, heap and mappings still move, its tables of pointers are read-only, and it has no more rights
# than who types the command. Every service stays position-independent.
# Its malloc is ready sooner than jemalloc. What the linker warns of (names of hosts, dlopen) nothing in it calls.
cli_archives := xxhash re2 utf8proc archive yaml crypto zstd z bz2 lzma nettle crypt stdc++
cli_missing := $(strip $(foreach l,$(cli_archives),$(if $(findstring /,$(shell $(CC) -print-file-name=lib$(l).a)),,$(l))))
ifeq ($(cli_missing),)
cli_libs := -static -no-pie -Wl,--no-warnings $(cli_archives:%=-l%) -lpthread -lm
endif
endif

# --- sources -----------------------------------------------------------------------------------------------------------
find = $(shell find $(1) -name '$(2)' -not -path '*/node_modules/*' 2>/dev/null | sort)
protos := $(call find,proto,*.proto)
gen_c := $(protos:proto/%.proto=$(B)/gen/proto/%.pb-c.c)
gen_h := $(gen_c:.c=.h)
objs = $(patsubst %,$(B)/obj/%.o,$(1))
common_src = $(foreach f,$(1),$(call find,common/$(f),*.c) $(call find,common/$(f),*.cc))
lib = $(B)/lib/libfloor$(1).a

# A program is a folder of services/ with a main.c: services/NAME -> capstan-NAME, services/NAME/PART -> capstan-NAME-PART;
# services/cli/local is `capstan` itself and services/cli/remote its sibling `capstan-remote`.
mains := $(call find,services,main.c)
program_dirs := $(patsubst %/main.c,%,$(mains))
program_name = $(if $(filter services/cli/local,$(1)),capstan,$(subst capstan-cli-,capstan-,capstan-$(subst /,-,$(patsubst services/%,%,$(1)))))
# The sources of a program: its folder and those subfolders that hold no program of their own.
program_src = $(filter-out $(foreach d,$(filter $(1)/%,$(program_dirs)),$(d)/%),$(call find,$(1),*.c))
programs := $(foreach d,$(program_dirs),$(B)/bin/$(call program_name,$(d)))

unit_src := $(call find,tests/unit,*_test.c)
unit_tests := $(patsubst tests/unit/%.c,$(B)/tests/%,$(unit_src))
fuzz_src := $(call find,tests/fuzz,*_fuzz.c)
fuzz_bins := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(fuzz_src))
bench_src := $(call find,tests/bench,*_bench.c)
bench_bins := $(patsubst tests/bench/%.c,$(B)/bench/%,$(bench_src))
# Suites over recorded data that are programs of their own; the script of the first part of their name runs them.
corpus_src := $(call find,tests/conformance,*_corpus.c)
corpus_bins := $(patsubst tests/conformance/%.c,$(B)/conformance/%,$(corpus_src))

.PHONY: all help deps run test tests conformance bench lint fmt fuzz clean
## make             build all programs into build/MODE/bin (MODE=debug release tsan cov fuzz; debug has ASan and UBSan)
all: deps $(programs)

## make help        print this page
help:
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

## make deps        install what is missing of the Debian packages in tests/lib/packages (asks apt only then)
deps: build/.deps
build/.deps: tests/lib/packages tests/lib/install-packages
	@tests/lib/install-packages tests/lib/packages
	@mkdir -p build && touch $@

## make run         build, start Redis, a sandbox cluster and all services, sync a sample application, say how to look at it
run: all
	@tests/lib/run-demo $(B)/bin

## make test        build and run every test; closes with 'N passed, N failed, N skipped' (TESTS='unit/doc lint' picks some;
##                  with KUBEBUILDER_ASSETS set the end-to-end tests run on a real kube-apiserver too)
test: all tests
	@MODE=$(MODE) tests/run $(TESTS)

tests: deps $(unit_tests) $(fuzz_bins)

## make conformance  replay what was recorded of the originals and compare what is contract (SCENARIOS=<folder> replays another folder
##                  of Argo CD scenarios, ONLY=01,04 chooses; with KUBEBUILDER_ASSETS set on a real kube-apiserver)
conformance: all
	@CAPSTAN_BIN=$(B)/bin tests/conformance/run

## make bench       build release and print figures as ratios and medians of one run
bench:
	@$(MAKE) --no-print-directory MODE=release all benches
	@tests/bench/run build/release
benches: $(bench_bins) $(corpus_bins)
.PHONY: benches

## make fuzz        fuzz every target for FUZZ_SECONDS (60) each
fuzz:
	@$(MAKE) --no-print-directory MODE=fuzz tests
	@tests/fuzz/run build/fuzz/fuzz $${FUZZ_SECONDS:-60}

## make lint        floors, one folder a library, size budgets, format, protocol names
lint:
	@for l in tests/lint/*; do $$l || exit 1; done

## make fmt         format all C
fmt:
	@git ls-files '*.c' '*.h' '*.cc' | xargs clang-format-14 -i

clean:
	rm -rf build

# --- rules -------------------------------------------------------------------------------------------------------------
$(B)/gen/proto/%.pb-c.c $(B)/gen/proto/%.pb-c.h &: proto/%.proto | build/.deps
	@mkdir -p $(B)/gen
	@echo "  PROTOC  $<"
	@protoc-c --c_out=$(B)/gen $<

$(B)/obj/$(B)/gen/%.c.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	@$(CC) -std=c17 -w $(CPPFLAGS) $(CFLAGS_$(MODE)) -c -o $@ $<

$(B)/obj/%.c.o: %.c | build/.deps $(gen_h)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/%.cc.o: %.cc | build/.deps
	@mkdir -p $(@D)
	@echo "  CXX     $<"
	@$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

define floor_rule
$(call lib,$(1)): $(call objs,$(call common_src,$(call folders,$(1))) $(if $(filter wire,$(call folders,$(1))),$(gen_c)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach f,$(floors),$(eval $(call floor_rule,$(f))))
all_libs := $(foreach f,$(shell sed -n 's/^floor \([0-9]*\) .*/\1/p' common/FLOORS | sort -rn),$(call lib,$(f)))

define program_rule
$(B)/bin/$(call program_name,$(1)): $(call objs,$(call program_src,$(1))) $(all_libs)
	@mkdir -p $$(@D)
	@echo "  LINK    $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(or $(if $(filter services/cli/local,$(1)),$$(cli_libs)),$$(LIBS) $$(JEMALLOC))
endef
$(foreach d,$(program_dirs),$(eval $(call program_rule,$(d))))

# A unit test of common/FOLDER links FOLDER's floor and those below; one of services/NAME/ links every floor and all of that
# service but its main.c.
service_of = $(if $(filter services/%,$(1)),$(filter-out %/main.c,$(call program_src,$(patsubst %/,%,$(dir $(1))))))
test_floor = $(or $(call floor_of,$(firstword $(subst /, ,$(1)))),9)
define test_rule
$(B)/tests/$(1): $(B)/obj/tests/unit/$(1).c.o $(B)/obj/tests/lib/test.c.o $(call objs,$(call service_of,$(1))) $(foreach f,$(call below,$(call test_floor,$(1))),$(call lib,$(f)))
	@mkdir -p $$(@D)
	@echo "  LINK    $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach t,$(patsubst tests/unit/%.c,%,$(unit_src)),$(eval $(call test_rule,$(t))))
# Tests of services that talk to a cluster start one.
$(B)/tests/services/notifier/notifier_test: | $(B)/bin/capstan-sandbox
# Those of scripts run who runs them, those of renders who renders.
$(B)/tests/services/application-controller/scripts_test: | $(B)/bin/capstan-application-controller-worker
$(B)/tests/services/repo-server/boxed_test: | $(B)/bin/capstan-repo-server-worker
$(B)/tests/services/repo-server/plugins_test: | $(B)/bin/capstan-repo-server-plugin

ifeq ($(MODE),fuzz)
fuzz_main := -fsanitize=fuzzer
else
fuzz_main := $(B)/obj/tests/lib/replay.c.o
endif
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.c.o $(filter %.o,$(fuzz_main)) $(B)/obj/tests/lib/test.c.o $(all_libs)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) $(filter -f%,$(fuzz_main)) -o $@ $^ $(LIBS)

$(B)/conformance/%: $(B)/obj/tests/conformance/%.c.o $(all_libs)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) $(JEMALLOC)

$(B)/bench/%: $(B)/obj/tests/bench/%.c.o $(B)/obj/tests/lib/bench.c.o $(all_libs)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -ljansson $(JEMALLOC)

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
