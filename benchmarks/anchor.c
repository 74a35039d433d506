/* Two passes over a flat junction tree, case index innermost: the limit our batch kernel is measured by.
   No name, no check, no de-duplication; the arrays are those of benchmarks/ours.py, class Flat. */
#include <stdlib.h>
#include <string.h>
#include <math.h>

#define B 16
typedef long long word;
typedef struct {
    word n_clusters, n_messages, n_parts, n_slots;
    const double *values;
    const word *up, *ports, *first_entry, *first_port, *n_ports, *sent, *part_slots, *is_root;
} tree;

static void block(const tree *t, double *in, double *out, double *beliefs, double *log_evidence) {
    double product[B], total[B];
    memset(in + t->n_parts * B, 0, sizeof(double) * (t->n_messages - t->n_parts) * B);
    memset(out, 0, sizeof(double) * t->n_messages * B);
    memset(log_evidence, 0, sizeof(double) * B);
    for (word k = 0; k < t->n_clusters; k++) {
        word first = t->first_entry[k], n = t->first_entry[k + 1] - first;
        const word *ports = t->ports + t->first_port[k];
        for (word e = 0; e < n; e++) {
            double v = t->values[first + e];
            for (int b = 0; b < B; b++) product[b] = v;
            for (word p = 0; p < t->n_ports[k]; p++) {
                const double *u = in + ports[p * n + e] * B;
                for (int b = 0; b < B; b++) product[b] *= u[b];
            }
            double *u = in + t->up[first + e] * B;
            for (int b = 0; b < B; b++) u[b] += product[b];
        }
        for (int b = 0; b < B; b++) {
            double top = 0;
            for (word s = t->sent[2 * k]; s < t->sent[2 * k + 1]; s++)
                if (in[s * B + b] > top) top = in[s * B + b];
            log_evidence[b] += log(top);
            if (top > 0)
                for (word s = t->sent[2 * k]; s < t->sent[2 * k + 1]; s++) in[s * B + b] /= top;
        }
    }
    for (word k = t->n_clusters - 1; k >= 0; k--) {
        word first = t->first_entry[k], n = t->first_entry[k + 1] - first;
        const word *ports = t->ports + t->first_port[k];
        for (int b = 0; b < B; b++) total[b] = 0;
        for (word e = 0; e < n; e++) {
            double v = t->values[first + e];
            const double *d = out + t->up[first + e] * B;
            for (int b = 0; b < B; b++) product[b] = t->is_root[k] ? v : v * d[b];
            for (word p = 0; p < t->n_ports[k]; p++) {
                const double *u = in + ports[p * n + e] * B;
                for (int b = 0; b < B; b++) product[b] *= u[b];
            }
            for (int b = 0; b < B; b++) total[b] += product[b];
            for (word p = 0; p < t->n_ports[k]; p++) {
                double *u = out + ports[p * n + e] * B;
                for (int b = 0; b < B; b++) u[b] += product[b];
            }
        }
        for (word p = 0; p < t->n_ports[k]; p++) {
            word low = ports[p * n], high = low;
            for (word e = 0; e < n; e++) {
                if (ports[p * n + e] < low) low = ports[p * n + e];
                if (ports[p * n + e] > high) high = ports[p * n + e];
            }
            for (word s = low; s <= high; s++)
                for (int b = 0; b < B; b++) {
                    double joint = total[b] > 0 ? out[s * B + b] / total[b] : 0;
                    double own = in[s * B + b];
                    if (s < t->n_parts) beliefs[s * B + b] = joint;
                    out[s * B + b] = own > 0 ? joint / own : 0;
                }
        }
    }
}

/* rows: (n, n_slots); beliefs: (n, n_slots), zeroed; returns 0, or 1 without memory. */
int run(word n_clusters, word n_messages, word n_parts, word n_slots, const double *values, const word *up,
        const word *ports, const word *first_entry, const word *first_port, const word *n_ports, const word *sent,
        const word *part_slots, const word *is_root, word n, const double *rows, double *beliefs,
        double *log_evidence) {
    tree t = {n_clusters, n_messages, n_parts, n_slots, values, up, ports,
              first_entry, first_port, n_ports, sent, part_slots, is_root};
    double *in = aligned_alloc(64, sizeof(double) * n_messages * B);
    double *out = aligned_alloc(64, sizeof(double) * n_messages * B);
    double *found = aligned_alloc(64, sizeof(double) * n_parts * B);
    double logs[B];
    if (!in || !out || !found) return 1;
    for (word start = 0; start < n; start += B) {
        word size = n - start < B ? n - start : B;
        memset(found, 0, sizeof(double) * n_parts * B);
        for (word s = 0; s < n_parts; s++)
            for (word b = 0; b < B; b++) {
                const double *row = rows + (start + (b < size ? b : 0)) * n_slots;
                double value = 1;
                for (int c = 0; c < 2; c++)
                    if (part_slots[2 * s + c] < n_slots) value *= row[part_slots[2 * s + c]];
                in[s * B + b] = value;
            }
        block(&t, in, out, found, logs);
        for (word b = 0; b < size; b++) {
            log_evidence[start + b] = logs[b];
            for (word s = 0; s < n_parts; s++)
                for (int c = 0; c < 2; c++)
                    if (part_slots[2 * s + c] < n_slots)
                        beliefs[(start + b) * n_slots + part_slots[2 * s + c]] += found[s * B + b];
        }
    }
    free(in); free(out); free(found);
    return 0;
}
