from jobs.run.cluster import Cluster


def test_a_worker_has_been_prepared_before_its_first_task(cluster: Cluster):
    plugins = cluster.client.run(lambda dask_worker: sorted(dask_worker.plugins))
    assert all("boojum-local-worker" in names for names in plugins.values())
