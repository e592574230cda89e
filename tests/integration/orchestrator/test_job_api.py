async def test_smoke(house, hand):
    job = await house.create("joy", "cry")
    await hand.work(job.id)
    print(await house.job(job.id))
