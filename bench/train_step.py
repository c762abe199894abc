"""Training steps of EchoVLM in PyTorch, to compare with: train_step.ts runs the same ones.

The only argument is a TrainJob of train_step.ts as JSON. Each line on standard input is a number of steps to run; each
step answers with a JSON line {"ms", "loss", "norm"}, and the end of the input with {"peakMiB"}. The batch has no
padding and pictures of one size, so no attention needs a mask but the causal one, which is PyTorch's fastest case. Of
the ways to write a part (experts on their own tokens or on all, AdamW fused or not), the one measured to be fastest on
the CPU is here. Needs PyTorch 2.5.
"""

import json
import resource
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}
VISION_EPSILON = 1e-6
VISION_THETA = 10000.0


def read_safetensors(path):
    """Tensors by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        tensors[name] = torch.frombuffer(memoryview(data)[begin:end], dtype=DTYPES[info["dtype"]]).view(info["shape"])
    return tensors


def inverse_frequencies(theta, dim):
    return 1 / theta ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim)


def rotate(x, cos, sin):
    """x [B, H, S, d]; cos, sin [B, 1, S, d/2]"""
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.gate_proj = nn.Linear(dim, hidden, bias=False)
        self.up_proj = nn.Linear(dim, hidden, bias=False)
        self.down_proj = nn.Linear(hidden, dim, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class VisionAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, cos, sin):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class QuickGeluMlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        h = self.fc1(x)
        return self.fc2(h * torch.sigmoid(1.702 * h))


class VisionBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, VISION_EPSILON)
        self.norm2 = nn.LayerNorm(dim, VISION_EPSILON)
        self.attn = VisionAttention(dim, heads)
        self.mlp = QuickGeluMlp(dim, hidden)

    def forward(self, x, cos, sin):
        x = x + self.attn(self.norm1(x), cos, sin)
        return x + self.mlp(self.norm2(x))


class Merger(nn.Module):
    def __init__(self, dim, cell, out):
        super().__init__()
        self.width = dim * cell
        self.ln_q = nn.LayerNorm(dim, VISION_EPSILON)
        self.mlp = nn.Sequential(nn.Linear(self.width, self.width), nn.GELU(), nn.Linear(self.width, out))

    def forward(self, x):
        return self.mlp(self.ln_q(x).view(-1, self.width))


class Vision(nn.Module):
    """Patches [I, N, C·t·p·p] in merge-cell order and their rows and columns [2, I, N] to visual tokens [I·M, D]."""

    def __init__(self, c):
        super().__init__()
        dim, patch = c["embed_dim"], c["patch_size"]
        self.head_dim = dim // c["num_heads"]
        kernel = (c["temporal_patch_size"], patch, patch)
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv3d(c["in_channels"], dim, kernel, kernel, bias=False)
        hidden = int(dim * c["mlp_ratio"])
        self.blocks = nn.ModuleList(VisionBlock(dim, c["num_heads"], hidden) for _ in range(c["depth"]))
        self.merger = Merger(dim, c["spatial_merge_size"] ** 2, c["hidden_size"])

    def forward(self, patches, positions):
        angles = positions[..., None] * inverse_frequencies(VISION_THETA, self.head_dim // 2)
        angles = torch.cat((angles[0], angles[1]), -1)[:, None]
        cos, sin = angles.cos(), angles.sin()
        x = F.linear(patches, self.patch_embed.proj.weight.flatten(1))
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.merger(x)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim, self.heads, self.kv_heads = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"]
        head_dim = dim // self.heads
        self.q_proj = nn.Linear(dim, self.heads * head_dim)
        self.k_proj = nn.Linear(dim, self.kv_heads * head_dim)
        self.v_proj = nn.Linear(dim, self.kv_heads * head_dim)
        self.o_proj = nn.Linear(dim, dim, bias=False)

    def forward(self, x, cos, sin):
        def split(y, heads):
            return y.unflatten(-1, (heads, -1)).transpose(1, 2)

        q = rotate(split(self.q_proj(x), self.heads), cos, sin)
        k = rotate(split(self.k_proj(x), self.kv_heads), cos, sin)
        v = split(self.v_proj(x), self.kv_heads)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))


class Mixture(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim, self.count, self.top_k = c["hidden_size"], c["num_experts"], c["num_experts_per_tok"]
        self.normalise = c.get("norm_topk_prob", False)
        self.gate = nn.Linear(dim, self.count, bias=False)
        self.experts = nn.ModuleList(SwiGLU(dim, c["moe_intermediate_size"]) for _ in range(self.count))
        self.shared_expert = SwiGLU(dim, c["shared_expert_intermediate_size"])
        self.shared_expert_gate = nn.Linear(dim, 1, bias=False)

    def forward(self, u):
        """u [T, D] to [T, D], the share of tokens that chose each expert [E] and its mean probability [E]."""
        p = F.softmax(self.gate(u), -1)
        weights, chosen = p.topk(self.top_k, -1)
        if self.normalise:
            weights = weights / weights.sum(-1, keepdim=True)
        out = torch.sigmoid(self.shared_expert_gate(u)) * self.shared_expert(u)
        for e, expert in enumerate(self.experts):
            token, choice = torch.where(chosen == e)
            out.index_add_(0, token, expert(u[token]) * weights[token, choice, None])
        share = F.one_hot(chosen, self.count).sum(1).float().mean(0)
        return out, share, p.mean(0)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim = c["hidden_size"]
        self.input_layernorm = nn.RMSNorm(dim, c["rms_norm_eps"])
        self.post_attention_layernorm = nn.RMSNorm(dim, c["rms_norm_eps"])
        self.self_attn = Attention(c)
        self.mlp = SwiGLU(dim, c["intermediate_size"])
        self.moe = Mixture(c)
        self.coefficient = nn.Linear(dim, 2)

    def forward(self, x, cos, sin):
        a = x + self.self_attn(self.input_layernorm(x), cos, sin)
        u = self.post_attention_layernorm(a).flatten(0, 1)
        sparse, share, probability = self.moe(u)
        c = F.softmax(self.coefficient(u), -1)
        mixed = c[:, :1] * sparse + c[:, 1:] * self.mlp(u)
        return a + mixed.view_as(a), share, probability


class EchoVLM(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim = c["hidden_size"]
        self.experts = c["num_experts"]
        self.visual = Vision(c["vision_config"])
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(c["vocab_size"], dim)
        self.model.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.model.norm = nn.RMSNorm(dim, c["rms_norm_eps"])
        self.theta, self.head_dim = c["rope_theta"], dim // c["num_attention_heads"]
        self.sections = c["rope_scaling"]["mrope_section"]
        self.lm_head = nn.Linear(dim, c["vocab_size"], bias=False)
        if c["tie_word_embeddings"]:
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, batch):
        """Mean cross entropy over the labels, and the load balance."""
        visual = self.visual(batch["patches"], batch["patch_positions"])
        x = self.model.embed_tokens(batch["ids"])
        seen = batch["visual_rows"] >= 0
        x = x.index_put((seen,), visual[batch["visual_rows"][seen]])
        # Each section of the frequencies turns with one axis of the position.
        angles = batch["positions"][..., None] * inverse_frequencies(self.theta, self.head_dim)
        angles = torch.cat([part[turn % 3] for turn, part in enumerate(angles.split(self.sections, -1))], -1)[:, None]
        cos, sin = angles.cos(), angles.sin()
        shares, probabilities = [], []
        for layer in self.model.layers:
            x, share, probability = layer(x, cos, sin)
            shares.append(share)
            probabilities.append(probability)
        wanted = x.flatten(0, 1)[batch["rows"]]
        entropy = F.cross_entropy(self.lm_head(self.model.norm(wanted)), batch["labels"])
        balance = self.experts * (torch.stack(shares).mean(0) * torch.stack(probabilities).mean(0)).sum()
        return entropy, balance


def load_model(folder):
    with open(f"{folder}/config.json", encoding="utf8") as file:
        config = json.load(file)
    with torch.device("meta"):
        model = EchoVLM(config)
    weights = read_safetensors(f"{folder}/model.safetensors")
    if config["tie_word_embeddings"]:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights, assign=True)
    if config["tie_word_embeddings"]:
        model.lm_head.weight = model.model.embed_tokens.weight
    return model


def adam_w(model, rate, options):
    """Norms and biases do not decay."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": options["weightDecay"]},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    betas = (options["beta1"], options["beta2"])
    return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=options["epsilon"], fused=True)


def main(job):
    torch.set_num_threads(job["threads"])
    model = load_model(job["checkpoint"])
    batch = read_safetensors(job["batch"])
    optimiser = adam_w(model, job["rate"], job["optimiser"])
    parameters = list(model.parameters())

    def step():
        entropy, balance = model(batch)
        loss = entropy + job["balance"] * balance
        if job["part"] == "forward":
            return {"loss": loss.item()}
        optimiser.zero_grad()
        loss.backward()
        if job["part"] == "gradient":
            return {"loss": loss.item()}
        norm = nn.utils.clip_grad_norm_(parameters, job["optimiser"]["maxNorm"], foreach=True)
        optimiser.step()
        return {"loss": loss.item(), "norm": norm.item()}

    for line in sys.stdin:
        for _ in range(int(line)):
            start = time.perf_counter()
            result = step()
            ms = 1000 * (time.perf_counter() - start)
            print(json.dumps({"ms": ms, **result}), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB on Linux, bytes on macOS
    print(json.dumps({"peakMiB": peak / (2**20 if sys.platform == "darwin" else 2**10)}), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
