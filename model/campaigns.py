"""Groups artifacts of different projects that share rare code, and raises the rank of what stands in bad company.

Thirty names with one payload are thirty weak scores to a model that judges each artifact alone. Together they are a
campaign: nobody publishes the same unusual code under names that have nothing to do with one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags_array

from model.members import Index
from model.stack import Floats

SIMILARITY = 0.6
"""Smallest cosine, over tokens weighted by their rarity, at which two artifacts share their code."""
MIN_TOKENS = 12
"""Fewest code tokens of an artifact that can be grouped: a setup.py from a template has fewer of its own."""
KEYS = 24
"""Rarest tokens of an artifact by which others that may be alike are found."""
COMMON_KEYS = 3
"""Rarest tokens that two artifacts must share to be compared."""
MOST_HOLDERS = 500
"""Artifacts that may hold a token by which others are found; a more frequent one is in everybody's code."""
COMPANY = 0.5
"""Share of an artifact's log-odds that its company speaks for, where that company scores higher."""
CROWD = 0.5
"""Log-odds for each natural logarithm of half the number of projects: two projects add nothing, thirty add 1.4."""


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Groups of artifacts, each of at least two projects.

    `group` (n,) is a number from 0 for each artifact, -1 for one without company; `similarity` (n,) is the cosine with
    the leader of its group, which is its highest ranked artifact; 0 without company.
    """

    group: Index
    similarity: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return int(self.group.max(initial=-1)) + 1


def find_campaigns(tokens: csr_matrix, owners: Sequence[str], odds: Floats) -> Campaigns:
    """Return the groups of artifacts with rare code in common.

    `tokens` has shape (n, tokens), zeros and ones; `owners` (n) names who is one project: artifacts of one owner are
    never company to each other. `odds` (n,) are log-odds; the highest ranked artifact that is not in a group leads the
    next one. An artifact joins the leader that it resembles most, and nobody else's neighbour, so that groups do not
    grow along chains.
    """
    codes = np.unique(np.asarray(owners, dtype=str), return_inverse=True)[1] if len(owners) else np.zeros(0, np.int64)
    weighted = _weighted(tokens, codes)
    leader, similarity = _leaders(weighted, _alike(weighted, tokens), codes, odds)
    group = np.full(len(codes), -1, dtype=np.int64)
    number = 0
    order = np.argsort(-odds, kind="stable")
    members = {int(each): np.flatnonzero(leader == each) for each in np.unique(leader)}
    for head in order[leader[order] == order].tolist():
        if len(np.unique(codes[members[head]])) > 1:
            group[members[head]] = number
            number += 1
    return Campaigns(group, np.where(group >= 0, similarity, 0).astype(np.float32))


def odds_in_company(campaigns: Campaigns, owners: Sequence[str], odds: Floats) -> Floats:
    """Return log-odds (n,) that listen to the artifact's company: never lower than its own.

    The company is the mean over the other projects of its group, each by its highest artifact.
    """
    names = np.asarray(owners, dtype=str)
    raised = odds.copy()
    for number in range(len(campaigns)):
        index = np.flatnonzero(campaigns.group == number)
        projects, codes = np.unique(names[index], return_inverse=True)
        highest = np.full(len(projects), -np.inf)
        np.maximum.at(highest, codes, odds[index])
        others = (highest.sum() - highest[codes]) / (len(projects) - 1)
        heard = (1 - COMPANY) * odds[index] + COMPANY * others
        raised[index] = np.maximum(odds[index], heard) + CROWD * np.log(len(projects) / 2)
    return raised


def _weighted(tokens: csr_matrix, codes: Index) -> csr_matrix:
    """Return tokens weighted by their rarity among projects, each row of length 1; rows of few tokens are empty."""
    projects = int(codes.max(initial=-1)) + 1
    rows, columns = tokens.nonzero()
    held = csr_matrix((np.ones(len(rows), np.float32), (codes[rows], columns)), shape=(projects, tokens.shape[1]))
    held.data[:] = 1.0
    frequency = np.asarray(held.sum(axis=0)).ravel()
    # What one project alone has cannot be shared.
    rarity = np.where(frequency > 1, np.log(max(projects, 1) / np.maximum(frequency, 1)), 0.0)
    weighted = csr_matrix(tokens @ diags_array(rarity.astype(np.float32)))
    enough = np.diff(tokens.indptr) >= MIN_TOKENS
    length = _lengths(tokens, rarity, projects)
    scale = np.where(enough & (length > 0), 1 / np.maximum(length, 1e-9), 0.0)
    return csr_matrix(diags_array(scale.astype(np.float32)) @ weighted)


def _lengths(tokens: csr_matrix, rarity: Floats, projects: int) -> Floats:
    """Return the length of each row (n,); a token of one project alone weighs as one of two, or none would differ."""
    alone = np.log(max(projects, 2) / 2)
    weight = np.where(rarity > 0, rarity, alone) ** 2
    return np.asarray(np.sqrt(tokens @ weight), dtype=np.float64)


def _alike(weighted: csr_matrix, tokens: csr_matrix) -> csr_matrix:
    """Return pairs that share at least COMMON_KEYS of their rarest tokens, as a symmetric matrix (n, n)."""
    holders = np.bincount(tokens.indices, minlength=tokens.shape[1])
    rows: list[npt.NDArray[np.int64]] = []
    columns: list[npt.NDArray[np.int32]] = []
    for row in range(weighted.shape[0]):
        start, end = weighted.indptr[row : row + 2]
        kept = weighted.indices[start:end][weighted.data[start:end] > 0]
        kept = kept[holders[kept] <= MOST_HOLDERS]
        rarest = kept[np.lexsort((kept, holders[kept]))][:KEYS]
        rows.append(np.full(len(rarest), row))
        columns.append(rarest)
    if not rows:
        return csr_matrix((0, 0), dtype=np.float32)
    at = (np.concatenate(rows), np.concatenate(columns))
    keys = csr_matrix((np.ones(len(at[0]), np.float32), at), shape=weighted.shape)
    shared = csr_matrix(keys @ keys.T)
    shared.data[shared.data < COMMON_KEYS] = 0
    shared.eliminate_zeros()
    return shared


def _leaders(
    weighted: csr_matrix, alike: csr_matrix, codes: Index, odds: Floats
) -> tuple[Index, npt.NDArray[np.float32]]:
    """Return the leader of each artifact (n,), itself where it has none, and its cosine with it."""
    count = len(codes)
    leader = np.full(count, -1, dtype=np.int64)
    similarity = np.zeros(count, dtype=np.float32)
    for row in np.argsort(-odds, kind="stable").tolist():
        near = alike.indices[alike.indptr[row] : alike.indptr[row + 1]]
        heads = near[leader[near] == near]
        if len(heads):
            cosine = np.asarray((weighted[heads] @ weighted[[row]].T).todense()).ravel()
            best = int(np.argmax(cosine))
            if cosine[best] >= SIMILARITY:
                leader[row], similarity[row] = heads[best], cosine[best]
                continue
        leader[row], similarity[row] = row, 1.0
    return leader, similarity
