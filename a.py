from flow import *
from cascade_gen.optimize import optimise
from cascade_gen.emit import Options, emit_module
from cascade_gen.artifact import load
b=cs.BlueprintBuilder()
for shape in (chain, fan, layered):
    for n in (100,1000,10000):
        t0=time.process_time(); w=shape(n)
        t1=time.process_time(); bp=b.build(w)
        t2=time.process_time(); r=cs.VirtualMachine().execute(bp)
        t3=time.process_time()
        print(shape.__name__, n, 'declare %.1f lower %.1f run %.2f us/node'%tuple(x/n*1e6 for x in (t1-t0,t2-t1,t3-t2)), end=' ', flush=True)
        t4=time.process_time(); bt=cs.BlueprintBuilder().build(w, template=True); 
        t5=time.process_time(); o=optimise(bt)
        t6=time.process_time(); e=emit_module(o, Options())
        t7=time.process_time(); f=load(o, e, None)
        t8=time.process_time(); f(); t9=time.process_time()
        print('| lower %.1f opt %.1f emit %.1f load %.1f call %.2f us'%tuple(x/n*1e6 for x in (t5-t4,t6-t5,t7-t6,t8-t7,t9-t8)), flush=True)
