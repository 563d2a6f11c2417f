/* tests/lib/fuzz.h - what a fuzz target defines.
 *
 * tests/fuzz/NAME_fuzz.c defines LLVMFuzzerTestOneInput. `make MODE=fuzz` links it with libFuzzer; every other mode links
 * tests/lib/replay.c, which runs each file of tests/fuzz/corpus/NAME as a test, so that what a fuzzer once found stays found. */
#ifndef CAPSTAN_FUZZ_H
#define CAPSTAN_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
