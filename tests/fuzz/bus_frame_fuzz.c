/* Frames from strangers: [length][frame]... as one peer would send them; bodies are put together as the bus
 * does. */
#include "bus/private.h"
#include "lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bus b = {.scratch = arena_new("fuzz")};
    struct bus_in in = {{0}, 0};
    struct bus_out out = {NULL, 5000, 3000, 1000};
    while (size > 1) {
        size_t n = MIN((size_t)data[0], size - 1);
        bus_frame *f = bus_frame_read(&b, (struct span){(const char *)data + 1, n});
        data += 1 + n, size -= 1 + n;
        if (!f)
            continue;
        if (f->kind == BUS_KIND(REPLY)) {
            bus_in_release(&in);
            if (!bus_in_first(&in, f, 1 << 16))
                bus_in_release(&in);
        } else if (f->kind == BUS_KIND(CHUNK) && bus_in_next(&in, f) && in.bytes.len > in.total) {
            panic("a body of %zu bytes holds %zu", in.total, in.bytes.len);
        } else if (f->kind == BUS_KIND(CREDIT) && bus_out_credit(&out, f) && out.taken > out.sent) {
            panic("more was taken than sent");
        }
    }
    bus_in_release(&in);
    arena_free(b.scratch);
    return 0;
}
