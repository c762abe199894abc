"""Inference of EchoVLM in PyTorch with a key/value cache, asked line by line as echovlm_process.ts is.

The only argument is an Opening of requests.ts as JSON. Answers "about", "prefill" and "decode". Text only, one row, float32
weights. Needs PyTorch 2.5.
"""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from train_step import EchoVLM, inverse_frequencies, read_safetensors, rotate  # noqa: E402

COMPARED_LOGITS = 64
CHUNK = 512


def memory():
    with open("/proc/self/status", encoding="utf8") as file:
        fields = dict(line.split(":", 1) for line in file)
    kib = {name: int(fields[name].split()[0]) for name in ("VmRSS", "RssAnon", "VmHWM")}
    return {"resident": kib["VmRSS"] * 1024, "anonymous": kib["RssAnon"] * 1024, "peak": kib["VmHWM"] * 1024}


def load(folder):
    with open(f"{folder}/config.json", encoding="utf8") as file:
        config = {"num_experts": 4, **json.load(file)}
    with torch.device("meta"):
        model = EchoVLM(config)
    weights = {name: w.float() for name, w in read_safetensors(f"{folder}/model.safetensors").items()}
    if config["tie_word_embeddings"]:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights, assign=True)
    return model


class Cache:
    """Keys and values of each layer, in place: [1, K, capacity, d]."""

    def __init__(self, model, capacity):
        attention = model.model.layers[0].self_attn
        shape = (1, attention.kv_heads, capacity, model.head_dim)
        self.layers = [(torch.zeros(shape), torch.zeros(shape)) for _ in model.model.layers]
        self.length = 0


def attend(attention, x, cos, sin, keys, values, past):
    def split(y, heads):
        return y.unflatten(-1, (heads, -1)).transpose(1, 2)

    end = past + x.shape[1]
    q = rotate(split(attention.q_proj(x), attention.heads), cos, sin)
    keys[:, :, past:end] = rotate(split(attention.k_proj(x), attention.kv_heads), cos, sin)
    values[:, :, past:end] = split(attention.v_proj(x), attention.kv_heads)
    mask = None
    if past > 0 and x.shape[1] > 1:
        mask = torch.ones(x.shape[1], end, dtype=torch.bool).tril(past)
    causal = past == 0 and x.shape[1] > 1
    seen = F.scaled_dot_product_attention(
        q, keys[:, :, :end], values[:, :, :end], attn_mask=mask, is_causal=causal, enable_gqa=True
    )
    return attention.o_proj(seen.transpose(1, 2).flatten(2))


def mix(moe, u):
    p = F.softmax(moe.gate(u), -1)
    weights, chosen = p.topk(moe.top_k, -1)
    if moe.normalise:
        weights = weights / weights.sum(-1, keepdim=True)
    out = torch.sigmoid(moe.shared_expert_gate(u)) * moe.shared_expert(u)
    for e, expert in enumerate(moe.experts):
        token, choice = torch.where(chosen == e)
        if len(token) > 0:
            out.index_add_(0, token, expert(u[token]) * weights[token, choice, None])
    return out


def forward(model, ids, cache):
    """Logits of the last of these tokens, which come behind what the cache holds."""
    positions = torch.arange(cache.length, cache.length + len(ids))
    angles = positions[:, None] * inverse_frequencies(model.theta, model.head_dim)
    cos, sin = angles.cos()[None, None], angles.sin()[None, None]
    x = model.model.embed_tokens(torch.tensor([ids]))
    for layer, (keys, values) in zip(model.model.layers, cache.layers):
        a = x + attend(layer.self_attn, layer.input_layernorm(x), cos, sin, keys, values, cache.length)
        u = layer.post_attention_layernorm(a).flatten(0, 1)
        c = F.softmax(layer.coefficient(u), -1)
        x = a + (c[:, :1] * mix(layer.moe, u) + c[:, 1:] * layer.mlp(u)).view_as(a)
    cache.length += len(ids)
    return model.lm_head(model.model.norm(x[0, -1]))


def prefill(model, cache, tokens):
    ids = [(i * 37) % 400 for i in range(tokens)]
    logits = None
    for start in range(0, tokens, CHUNK):
        logits = forward(model, ids[start : start + CHUNK], cache)
    return logits


def main(opening):
    torch.set_num_threads(opening["threads"])
    start = time.perf_counter()
    model = load(opening["model"])
    load_ms = 1000 * (time.perf_counter() - start)
    kept = {}

    def answer(request):
        if request["do"] == "about":
            return {"version": torch.__version__, "loadMs": load_ms, "memory": memory()}
        tokens = request["tokens"]
        if request["do"] == "prefill":
            cache = Cache(model, tokens)
            start = time.perf_counter()
            logits = prefill(model, cache, tokens)
            ms = 1000 * (time.perf_counter() - start)
            return {"ms": ms, "logits": logits[:COMPARED_LOGITS].tolist(), "memory": memory()}
        context = request["context"]
        if context not in kept:
            kept[context] = Cache(model, context + 256)
            prefill(model, kept[context], context)
        times = []
        for i in range(tokens):
            start = time.perf_counter()
            forward(model, [(i * 37) % 400], kept[context])
            times.append(1000 * (time.perf_counter() - start))
        kept[context].length = context
        return {"tokenMs": times}

    with torch.inference_mode():
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), flush=True)
    print(json.dumps(memory()), flush=True)


main(json.loads(sys.argv[1]))
